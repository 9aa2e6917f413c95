using System.Text.RegularExpressions;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Writes the code around a trained model: the files that Model Builder writes, and projects that build and run without changes.</summary>
internal static partial class ApplicationGenerator
{
    /// <summary>Where the generated web service and the generated page listen unless a setting names another address.</summary>
    public const string Address = "http://localhost:8080";

    private const int ClassesNamed = 20;

    /// <summary>The generated files, by the template that they are made of; the model and the .mbconfig are added to them.</summary>
    private static readonly (string Template, string File)[] Files =
    [
        ("Directory.Build.props.template", "Directory.Build.props"),
        ("Directory.Build.targets.template", "Directory.Build.targets"),
        ("Directory.Packages.props.template", "Directory.Packages.props"),
        ("README.md.template", "README.md"),
        ("solution.slnx.template", "{0}.slnx"),
        ("consumption.cs.template", "{0}.consumption.cs"),
        ("support.cs.template", "{0}.support.cs"),
        ("training.cs.template", "{0}.training.cs"),
        ("evaluate.cs.template", "{0}.evaluate.cs"),
        ("ConsoleApp.csproj.template", "{0}_ConsoleApp/{0}_ConsoleApp.csproj"),
        ("ConsoleApp.Program.cs.template", "{0}_ConsoleApp/Program.cs"),
        ("WebApi.csproj.template", "{0}_WebApi/{0}_WebApi.csproj"),
        ("WebApi.Program.cs.template", "{0}_WebApi/Program.cs"),
        ("WebAddress.cs.template", "{0}_WebApi/WebAddress.cs"),
        ("WebApi.ServiceSettings.cs.template", "{0}_WebApi/ServiceSettings.cs"),
        ("WebApi.Readiness.cs.template", "{0}_WebApi/Readiness.cs"),
        ("WebApi.ServiceMetrics.cs.template", "{0}_WebApi/ServiceMetrics.cs"),
        ("WebApi.NativeHeap.cs.template", "{0}_WebApi/NativeHeap.cs"),
        ("Dockerfile.template", "Dockerfile"),
        ("dockerignore.template", ".dockerignore"),
        ("Training.csproj.template", "{0}_Training/{0}_Training.csproj"),
        ("Training.Program.cs.template", "{0}_Training/Program.cs"),
    ];

    private static readonly Lazy<HashSet<string>> AllWords = new(() =>
    [
        .. Files.Concat(OnnxApplication.Files).Select(file => file.Template).Where(template => template.EndsWith(".cs.template", StringComparison.Ordinal)).Select(template => Template.Read(template).Text)
            .Append(SharedSource.Parts().Types).Append(SharedSource.OnnxParts().Types)
            .SelectMany(code => Word().Matches(Comment().Replace(code, "")).Select(match => match.Value)),
        // Lines that are filled in, by the data and the options, name more types of the library.
        .. new[] { typeof(Rf3dImageClassificationTransformer), typeof(ImageFolderOptions), typeof(Architecture) }.SelectMany(type => type.Assembly.GetExportedTypes()).Select(type => type.Name),
    ]);

    private static readonly string[] Packages =
    [
        "Microsoft.ML", "Microsoft.ML.ImageAnalytics", "Microsoft.ML.OnnxTransformer", "Microsoft.ML.OnnxRuntime", "TorchSharp-cpu", "TorchSharp-cuda-linux",
        "TorchSharp-cuda-windows", "SixLabors.ImageSharp", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies", "System.Numerics.Tensors", "SharpZipLib", "Google.Protobuf",
        "prometheus-net.AspNetCore",
    ];

    /// <summary>The words of the generated code, its comments aside: types, members and variables, which a model with their name would hide.</summary>
    public static IReadOnlySet<string> Words => AllWords.Value;

    /// <param name="folder">Where to write; empty but for the model.</param>
    /// <param name="name">The model's name, which <see cref="ModelName.Check"/> has passed.</param>
    /// <param name="request">The request of the training.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="data">The training data.</param>
    /// <param name="evaluation">How good it is.</param>
    /// <param name="hasReport">Whether there is a report beside the model.</param>
    public static void Write(string folder, string name, TrainingRequest request, Rf3dImageClassificationTransformer model, DataSets data, ImageEvaluation evaluation, bool hasReport)
    {
        Template.WriteAll(Files, folder, name, Values(name, request, model, data, evaluation, hasReport));
    }

    /// <summary>The classes, or the first of many, as Markdown.</summary>
    public static string ClassList(IReadOnlyList<string> classes)
    {
        var names = string.Join(", ", classes.Take(ClassesNamed).Select(Escaped.Markdown));
        return classes.Count > ClassesNamed ? Numbers.Text($"{names} and {classes.Count - ClassesNamed} more") : names;
    }

    /// <summary>How good a model is, as a sentence.</summary>
    public static string Accuracy(ImageEvaluation evaluation, DataSets data) =>
        $"Accuracy {Numbers.Percent(evaluation.MicroAccuracy)} on {Numbers.Count(evaluation.Images)} {(data.Test is null ? "validation" : "test")} images.";

    /// <summary>The row of the report in the table of files of a README.</summary>
    public static string ReportRow(string name, bool hasReport) =>
        hasReport ? $"\n| `{name}.report.html` | what the network is, how good it is on which class, where it errs and where it looked; for any browser |" : "";

    private static Dictionary<string, string> Values(
        string name, TrainingRequest request, Rf3dImageClassificationTransformer model, DataSets data, ImageEvaluation evaluation, bool hasReport)
    {
        var shared = SharedSource.Parts();
        var values = new Dictionary<string, string>
        {
            ["Name"] = name,
            ["Class"] = ModelName.ClassOf(name),
            ["Address"] = Address,
            ["ToolVersion"] = PackageVersions.Own,
            ["ClassListMarkdown"] = ClassList(data.Classes),
            ["ClassCount"] = Numbers.Count(data.Classes.Count),
            ["SharedUsings"] = shared.Usings,
            ["SharedTypes"] = shared.Types,
            ["MaxPixels"] = Numbers.Text($"{ImageSizeLimit.Pixels(request.MaxMegapixels)}"),
            ["ApplyOrientation"] = OptionValues.Code(request.ApplyOrientation),
            ["Accuracy"] = Accuracy(evaluation, data),
            ["TrainFolder"] = Escaped.CSharp(data.Train.Folder),
            ["EvaluateFolder"] = Escaped.CSharp(data.ForEvaluation.Folder),
            ["EvaluateFolderNote"] = data.Test is null && data.IsHeldOut
                ? Numbers.Text($"The model was measured on {request.ValidationFraction:0.###} of these images, held out of its training; all of them together come out better than new images would.")
                : "The model was measured on these images.",
            ["Seed"] = Numbers.Text($"{request.Seed}"),
            ["OnBadImage"] = request.SkipBadImages ? "Skip" : "Fail",
            ["Preset"] = request.Preset.ToString(),
            ["Options"] = string.Join("\n        ", TrainingCode.Lines(request, model)),
            ["ValidationNote"] = data.IsHeldOut
                ? Numbers.Text($"{request.ValidationFraction:0.###} of the images of each class are held out, the same ones as in the training of this model, to choose the best epoch by.")
                : "The best epoch is chosen by the validation images.",
            ["ValidationFolder"] = data.IsHeldOut ? "null" : Escaped.CSharp(data.Validation.Folder),
            ["ValidationFraction"] = OptionValues.Code(request.ValidationFraction),
            ["PretrainedReference"] = PretrainedPackage(model) is { PackageId: { } id } ? $"\n    <!-- The pretrained weights that the training starts from; what it makes does not need them. -->\n    <PackageReference Include=\"{id}\" />" : "",
            ["PretrainedVersion"] = PretrainedPackage(model) is { PackageId: { } weights, PackageVersion: { } version } ? $"\n    <PackageVersion Include=\"{weights}\" Version=\"{version}\" />" : "",
            ["ReportRow"] = ReportRow(name, hasReport),
        };
        foreach (var (placeholder, code) in LoadingCode.Values(request, data))
            values[placeholder] = code;
        PackageVersions.AddTo(values, Packages);
        return values;
    }

    private static PretrainedWeightsInfo? PretrainedPackage(Rf3dImageClassificationTransformer model) =>
        model.History.Pretrained is { } origin && PretrainedWeights.Names.Contains(origin.Name) ? PretrainedWeights.Describe(origin.Name) : null;

    [GeneratedRegex(@"//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Word();
}
