using Rf3d.ModelBuilder.Tests.Onnx;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>One training for all tests that need a model: made once, read by many.</summary>
[TestClass]
public static class GeneratedApplication
{
    private static readonly Lazy<string> Exported = new(Export);

    private static TempFolder? _folder;

    /// <summary>The images: train, val and test.</summary>
    public static string Dataset => _folder!["data"];

    /// <summary>The first test image of a class.</summary>
    public static string TestImage(string label) => Directory.EnumerateFiles(System.IO.Path.Combine(Dataset, "test", label)).Order(StringComparer.Ordinal).First();

    /// <summary>The generated folder.</summary>
    public static string Path => _folder!["apps", "Colours"];

    public static string Model => System.IO.Path.Combine(Path, "Colours.zip");

    /// <summary>The model as ONNX: a pretrained network for trainings and audits.</summary>
    public static string Onnx => Exported.Value;

    internal static Tool.Result Result { get; private set; } = null!;

    [AssemblyInitialize]
    public static void Make(TestContext context)
    {
        CommaCulture.UseInChildProcesses();
        // As if the user had chosen: the number of threads would follow the cores that other work leaves free, and a seed would not train the same weights.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", $"{Environment.ProcessorCount}");
        _folder = new TempFolder();
        Images.Dataset(_folder["data", "train"], 20);
        Images.Dataset(_folder["data", "val"], 4, seed: 2);
        Images.Dataset(_folder["data", "test"], 6, size: 24, seed: 3);
        Result = Tool.Run(
            "image-classification", "--dataset", Dataset, "--name", "Colours", "--output", _folder["apps"], "--epoch", "3", "--image-size", "16", "--batch-size", "8",
            "--device", "cpu").Must(0);
    }

    [AssemblyCleanup]
    public static void Delete()
    {
        WebService.StopShared();
        BuiltApplication.Delete();
        OnnxApplicationFolder.Delete();
        Package.PackedPackages.Delete();
        SmallTransformer.Delete();
        _folder?.Dispose();
    }

    private static string Export()
    {
        var path = _folder!["colours.onnx"];
        Tool.Run("export", Model, "--onnx", path).Must(0);
        return path;
    }
}
