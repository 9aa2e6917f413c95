using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>The option --device of the commands that score a saved model, and what the doctor says of it.</summary>
[TestClass]
public class PredictDeviceTests
{
    private static readonly string[] TestImages = [Path.Combine(GeneratedApplication.Dataset, "test")];

    private static string[][] Commands =>
    [
        ["predict", GeneratedApplication.Model, .. TestImages],
        ["evaluate", GeneratedApplication.Model, "--dataset", GeneratedApplication.Dataset],
        ["compare", GeneratedApplication.Model, GeneratedApplication.Model, "--dataset", GeneratedApplication.Dataset],
        ["report", GeneratedApplication.Model, "--dataset", GeneratedApplication.Dataset],
    ];

    [TestMethod]
    public void Another_device_is_an_invalid_command_line()
    {
        foreach (var command in Commands)
        {
            foreach (var device in new[] { "gpu", "cuda:", "cuda:1000", "CPU" })
                Assert.Contains($"--device is '{device}'; it must be auto, cpu, cuda, or cuda: and a number", Tool.Run([.. command, "--device", device]).Must(2).Error);
        }
    }

    [TestMethod]
    public void A_gpu_that_is_not_there_is_an_error_in_words_of_the_command_line()
    {
        using var folder = new TempFolder();
        foreach (var command in Commands)
        {
            var error = Tool.Run([.. command, .. command[0] == "report" ? ["--output", folder["report.html"]] : Array.Empty<string>(), "--device", "cuda:999"]).Must(1).Error;
            Assert.Contains("asks for a GPU that cannot be used", error);
            Assert.StartsWith("--device", error.Replace("rf3d: ", "", StringComparison.Ordinal).Trim());
            Assert.Contains("auto", error);
        }
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Without_libtorch_a_gpu_is_refused_with_the_command_that_fetches_it()
    {
        using var folder = new TempFolder();
        var result = Tool.Start(
            "dotnet", [Tool.Assembly, .. Commands[0], "--device", "cuda"], environment: new() { ["NUGET_PACKAGES"] = folder.Path, ["HOME"] = folder.Path, ["XDG_DATA_HOME"] = folder.Path }).Must(1);
        Assert.Contains("libtorch is not on this machine. With an NVIDIA GPU, install its driver, then 'rf3d install-libtorch --backend cuda'", result.Error);
    }

    [TestMethod]
    public void The_cpu_can_be_asked_for_and_the_summary_names_it()
    {
        var result = Tool.Run([.. Commands[0], "--device", "cpu", "--summary"]).Must(0);
        Assert.Contains("18 images in ", result.Error);
        Assert.Contains("; scored on cpu", result.Error);
        Assert.AreEqual(Tool.Run(Commands[1]).Must(0).Output, Tool.Run([.. Commands[1], "--device", "cpu"]).Must(0).Output);
        Assert.Contains("without reading the file, on cpu.", Tool.Run([.. Commands[2], "--device", "cpu"]).Must(0).Output);
    }

    [TestMethod]
    public void A_report_by_batches_has_the_results_of_one_image_at_a_time()
    {
        var mlContext = new MLContext();
        using var model = Rf3dSavedModel.Load(mlContext, GeneratedApplication.Model, new() { Device = "cpu" });
        var single = ReportedModel.Of(model);
        Assert.IsNull(single.Predict);
        var (one, batches) = (Results(single), Results(single with { Predict = images => model.Predict(images, new() { BatchSize = 4 }) }));
        Assert.AreEqual(18, batches.Results.Images.Length);
        Assert.AreEqual(one.Splits[^1].Images, batches.Splits[^1].Images);
        for (var i = 0; i < 18; i++)
        {
            var (first, second) = (one.Results.Images[i], batches.Results.Images[i]);
            Assert.AreEqual((first.Row, first.Actual, first.Predicted, first.Path), (second.Row, second.Actual, second.Predicted, second.Path));
        }
        Assert.AreEqual(one.Results.Accuracy.Value, batches.Results.Accuracy.Value);

        ReportData Results(ReportedModel reported) => ReportBuilder.Build(new()
        {
            Title = "Colours",
            Model = reported,
            Test = mlContext.Data.LoadImageFolder(TestImages[0], new ImageFolderOptions { Classes = model.Classes }),
        });
    }

    [TestMethod]
    [DataRow("auto", null)]
    [DataRow("cpu", null)]
    [DataRow("cuda", 0)]
    [DataRow("cuda:12", 12)]
    public void The_number_of_the_gpu_is_that_of_the_option(string device, int? gpu) => Assert.AreEqual(gpu, DeviceOption.GpuOf(device));

    [TestMethod]
    [DataRow("linux-x64", "glibc")]
    [DataRow("win-arm64", "Visual C++")]
    [DataRow("osx-x64", "no build for Intel processors under macOS")]
    [DataRow("linux-Arm", "no build for linux-Arm")]
    public void The_remedy_for_ONNX_Runtime_is_that_of_the_system(string platform, string remedy)
    {
        Assert.Contains(remedy, OnnxRuntimeCheck.RemedyFor(platform));
        Assert.DoesNotContain("glibc", OnnxRuntimeCheck.RemedyFor("osx-arm64"));
    }

    [TestMethod]
    public void Doctor_says_which_providers_there_are_and_where_images_are_scored()
    {
        var row = Tool.Run("doctor").Must(0).Output.Split('\n').Single(line => line.Contains("ONNX Runtime", StringComparison.Ordinal));
        Assert.Contains("CPUExecutionProvider", row);
        Assert.Contains("images are scored on the ", row);

        string[] cpu = ["CPUExecutionProvider"], both = ["CUDAExecutionProvider", "CPUExecutionProvider"];
        AssertFinding(Verdict.Good, "1.0: CPUExecutionProvider; images are scored on the CPU", OnnxRuntimeCheck.Of("1.0", cpu, () => "not asked", null));
        AssertFinding(Verdict.Good, "1.0: CPUExecutionProvider; images are scored on the CPU, with --device cuda by libtorch on the GPU", OnnxRuntimeCheck.Of("1.0", cpu, () => "not asked", Report("cpu", "cuda:0")));
        AssertFinding(Verdict.Good, "1.0: CPUExecutionProvider; images are scored on the CPU", OnnxRuntimeCheck.Of("1.0", cpu, () => "not asked", Report("cpu")));
        AssertFinding(Verdict.Good, "1.0: CUDAExecutionProvider, CPUExecutionProvider; images are scored on the GPU", OnnxRuntimeCheck.Of("1.0", both, () => null, null));
        AssertFinding(Verdict.Note, "1.0: CUDAExecutionProvider, CPUExecutionProvider; images are scored on the CPU, since CUDA cannot be used: no cuDNN", OnnxRuntimeCheck.Of("1.0", both, () => "no cuDNN", null));

        static void AssertFinding(Verdict verdict, string text, Finding actual) => Assert.AreEqual((verdict, text), (actual.Verdict, actual.Text));

        static TorchRuntimeReport Report(params string[] devices) => new()
        {
            TorchSharpVersion = "1.0",
            Findings = [],
            Devices = [.. devices.Select(device => new TorchDevice { Name = device, Description = "", MemoryBytes = 0 })],
        };
    }
}
