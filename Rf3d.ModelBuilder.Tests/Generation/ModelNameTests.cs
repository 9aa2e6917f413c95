using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Whatever a model is called, the generated code compiles.</summary>
[TestClass]
public partial class ModelNameTests
{
    private const string PlainUsings = CompiledCode.Usings;

    private const string WebUsings = PlainUsings + "global using System.Net.Http.Json; global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;";

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. CompiledCode.Libraries
            .Concat(Directory.GetFiles(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!.Replace("Microsoft.NETCore.App", "Microsoft.AspNetCore.App", StringComparison.Ordinal)), "*.dll"))
            .Concat(Directory.GetFiles(BuiltApplication.Output("WebApi"), "Prometheus.*.dll"))
            .DistinctBy(Path.GetFileName).Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    [TestMethod]
    [FieldReport(21)]
    [DataRow("Task", "TaskModel")]
    [DataRow("String", "String")]
    [DataRow("Math", "MathModel")]
    [DataRow("Enumerable", "EnumerableModel")]
    [DataRow("MemoryStream", "MemoryStreamModel")]
    [DataRow("InvalidDataException", "InvalidDataExceptionModel")]
    [DataRow("Results", "ResultsModel")]
    [DataRow("HttpRequest", "HttpRequestModel")]
    [DataRow("StatusCodes", "StatusCodesModel")]
    [DataRow("Metrics", "MetricsModel")]
    [DataRow("Prometheus", "PrometheusModel")]
    [DataRow("Summary", "Summary")]
    [DataRow("Program", "ProgramModel")]
    [DataRow("System", "SystemModel")]
    [DataRow("Microsoft", "MicrosoftModel")]
    [DataRow("Rf3d", "Rf3dModel")]
    [DataRow("class", "classModel")]
    [DataRow("record", "recordModel")]
    [DataRow("var", "varModel")]
    [DataRow("nint", "nintModel")]
    [DataRow("_", "_Model")]
    [DataRow("image", "imageModel")]
    [DataRow("ModelInput", "ModelInputModel")]
    [DataRow("Predict", "PredictModel")]
    [DataRow("PrintMetrics", "PrintMetricsModel")]
    [DataRow("ImageTypeAttribute", "ImageTypeAttributeModel")]
    [DataRow("DllImportAttribute", "DllImportAttributeModel")]
    [DataRow("Object", "Object")]
    [DataRow("List", "List")]
    [DataRow("Delegate", "Delegate")]
    [DataRow("ILogger", "ILogger")]
    [DataRow("Flowers", "Flowers")]
    [DataRow("MnistSplit", "MnistSplitModel")]
    [DataRow("Adaptation", "AdaptationModel")]
    [DataRow("TrainingPrecision", "TrainingPrecisionModel")]
    [DataRow("ImageExclusionTable", "ImageExclusionTableModel")]
    public void Every_name_compiles(string name, string expected)
    {
        ModelName.Check(name);
        Assert.AreEqual(expected, ModelName.ClassOf(name));
        AssertCompiles(name, PlainUsings, "consumption.cs.template", "support.cs.template", "ConsoleApp.Program.cs.template");
        AssertCompiles(
            name, WebUsings, "consumption.cs.template", "support.cs.template", "WebApi.Program.cs.template", "WebApi.ServiceSettings.cs.template", "WebApi.Readiness.cs.template", "WebApi.ServiceMetrics.cs.template",
            "WebApi.NativeHeap.cs.template", "WebAddress.cs.template");
        AssertCompiles(name, PlainUsings, "training.cs.template", "evaluate.cs.template", "support.cs.template", "Training.Program.cs.template");
        AssertCompiles(
            name, PlainUsings, SharedSource.OnnxParts(), "Onnx.Classifier.cs.template", "Onnx.Classification.cs.template", "Onnx.ModelDescription.cs.template", "Onnx.ImagePixels.cs.template",
            "Onnx.ImageCodecs.cs.template", "support.cs.template", "Onnx.ConsoleApp.Program.cs.template");
    }

    [TestMethod]
    [FieldReport(21)]
    [DataRow("")]
    [DataRow("1a")]
    [DataRow("a b")]
    [DataRow("a.b")]
    [DataRow("../a")]
    [DataRow("con")]
    [DataRow("LPT1")]
    public void Names_that_no_file_or_class_can_have_are_refused(string name) => Assert.ThrowsExactly<CommandException>(() => ModelName.Check(name));

    [TestMethod]
    [DataRow("Support")]
    [DataRow("support")]
    [DataRow("Classification")]
    [DataRow("MODELDESCRIPTION")]
    [DataRow("ImagePixels")]
    [DataRow("imagecodecs")]
    public void Each_generated_file_has_a_name_of_its_own(string name)
    {
        using var folder = new TempFolder();
        var application = new OnnxApplication { Name = name, Classes = ["a", "b"], MaxPixels = 1 };
        application.Write(folder.Path);
        var files = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
        Assert.HasCount(OnnxApplication.Files.Length, files);
        Assert.HasCount(files.Length, files.Distinct(StringComparer.OrdinalIgnoreCase).ToList());
        // A file that is there is never replaced unnoticed.
        Assert.ThrowsExactly<IOException>(() => application.Write(folder.Path));
    }

    private static void AssertCompiles(string name, string usings, params string[] templates) => AssertCompiles(name, usings, SharedSource.Parts(), templates);

    private static void AssertCompiles(string name, string usings, (string Usings, string Types) shared, params string[] templates)
    {
        var values = templates.SelectMany(template => Place().Matches(Template.Read(template).Text)).Select(match => match.Groups[1].Value).Distinct().ToDictionary(place => place, _ => "1");
        foreach (var (place, value) in new[]
        {
            ("Name", name), ("Class", ModelName.ClassOf(name)), ("SharedUsings", shared.Usings), ("SharedTypes", shared.Types), ("TrainFolder", "\"a\""), ("EvaluateFolder", "\"a\""),
            ("ValidationFolder", "null"), ("ValidationFraction", "0.2"), ("Preset", "Default"), ("OnBadImage", "Skip"), ("Options", "options.Seed = 1;"),
            ("ApplyOrientation", "true"), ("OptionsType", "ImageFolderOptions"), ("TableColumns", ""), ("LoadTrain", "mlContext.Data.LoadImageFolder(folder, ImageOptions())"),
            ("LoadValidation", "mlContext.Data.LoadImageFolder(validationFolder, ImageOptions(train.Classes))"),
            ("LoadEvaluation", "mlContext.Data.LoadImageFolder(folder, new ImageFolderOptions { Classes = classes })"),
        })
            values[place] = value;
        var compilation = CompiledCode.Of($"{name}_App", templates.Select(template => Template.Read(template).Fill(values)).Append(usings), References.Value);
        var errors = compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString()).ToList();
        Assert.IsEmpty(errors, string.Join('\n', errors.Take(3)));
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Place();
}
