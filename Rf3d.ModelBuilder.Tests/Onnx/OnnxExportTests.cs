using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The folders of <c>--target onnx</c>.</summary>
[TestClass]
public class OnnxExportTests
{
    private static readonly string[] Generated =
    [
        ".gitignore", "Colours.onnx", "Colours.slnx", "Colours_ConsoleApp/Colours_ConsoleApp.csproj", "Colours_ConsoleApp/Program.cs", "Colours_Library/Classification.cs",
        "Colours_Library/Colours.classifier.cs", "Colours_Library/Colours_Library.csproj", "Colours_Library/ImageCodecs.cs", "Colours_Library/ImagePixels.cs", "Colours_Library/ModelDescription.cs",
        "Colours_Library/Support.cs", "Colours_WebPage/Colours_WebPage.csproj", "Colours_WebPage/Program.cs", "Colours_WebPage/WebAddress.cs", "Colours_WebPage/package.json", "Colours_WebPage/wwwroot/classifier.js",
        "Colours_WebPage/wwwroot/index.html", "Colours_WebPage/wwwroot/metadata.js", "Colours_WebPage/wwwroot/page.css", "Colours_WebPage/wwwroot/page.js",
        "Colours_WebPage/wwwroot/pixels.js", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "README.md",
    ];

    [TestMethod]
    public void The_files_are_a_library_a_console_application_a_page_and_the_model()
    {
        CollectionAssert.AreEqual(Generated, OnnxApplicationFolder.Files(OnnxApplicationFolder.Path).ToArray());
        foreach (var file in Generated.Where(file => !file.EndsWith(".onnx", StringComparison.Ordinal)))
            Assert.DoesNotContain("{{", File.ReadAllText(Path.Combine(OnnxApplicationFolder.Path, file)), file);
        Assert.Contains("Microsoft.ML.OnnxRuntime\" Version=\"1.31.1\"", File.ReadAllText(Path.Combine(OnnxApplicationFolder.Path, "Directory.Packages.props")));
    }

    [TestMethod]
    public void Everything_compiles_without_a_warning_and_without_MLNet()
    {
        var (library, problems) = OnnxLibrary.Compile("Colours_Library", Sources("Colours_Library").Append("[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Colours_ConsoleApp\")]"), OutputKind.DynamicallyLinkedLibrary);
        Assert.IsEmpty(problems, string.Join('\n', problems));
        foreach (var project in new[] { "Colours_ConsoleApp", "Colours_WebPage" })
        {
            problems = OnnxLibrary.Compile(project, Sources(project), OutputKind.ConsoleApplication, library.ToMetadataReference()).Problems;
            Assert.IsEmpty(problems, string.Join('\n', problems));
        }

        static IEnumerable<string> Sources(string project) => Directory.GetFiles(Path.Combine(OnnxApplicationFolder.Path, project), "*.cs").Select(File.ReadAllText);
    }

    [TestMethod]
    public void A_training_generates_them_beside_the_model_and_its_configuration_trains_both_models_again()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var result = Tool.Run(
            "image-classification", "--dataset", folder["data"], "--name", "Colours", "--target", "onnx", "--output", folder["out"], "--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu", "--no-report").Must(0);
        Assert.Contains("Colours_WebPage", result.Output);
        Assert.DoesNotContain("WebApi", result.Output);
        CollectionAssert.AreEqual(Generated.Append("Colours.zip").Append("Colours.mbconfig").Order(StringComparer.Ordinal).ToArray(), OnnxApplicationFolder.Files(folder["out", "Colours"]).ToArray());
        var readme = File.ReadAllText(folder["out", "Colours", "README.md"]);
        Assert.Contains("Accuracy ", readme);
        Assert.Contains("`Colours.mbconfig`", readme);

        var before = File.ReadAllBytes(folder["out", "Colours", "Colours.onnx"]);
        File.WriteAllText(folder["out", "Colours", "Colours.mbconfig"], File.ReadAllText(folder["out", "Colours", "Colours.mbconfig"]).Replace("\"Seed\": 1", "\"Seed\": 2", StringComparison.Ordinal));
        Tool.Run("train", "--training-config", folder["out", "Colours", "Colours.mbconfig"]).Must(0);
        Assert.IsFalse(before.AsSpan().SequenceEqual(File.ReadAllBytes(folder["out", "Colours", "Colours.onnx"])), "The .onnx is still of the model before.");
    }

    [TestMethod]
    public void A_folder_with_files_is_refused_and_one_with_applications_of_the_other_kind_even_with_force()
    {
        using var folder = new TempFolder();
        string[] export = ["export", GeneratedApplication.Model, "--target", "onnx", "--output", folder.Path];
        File.WriteAllText(folder.New("Colours", "mine.txt"), "mine");
        Assert.Contains("--force", Tool.Run(export).Must(1).Error);
        CollectionAssert.AreEqual(new[] { "Colours/mine.txt" }, OnnxApplicationFolder.Files(folder.Path).ToArray());
        Tool.Run([.. export, "--force"]).Must(0);
        CollectionAssert.AreEqual(Generated.Append("mine.txt").Order(StringComparer.Ordinal).ToArray(), OnnxApplicationFolder.Files(folder["Colours"]).ToArray());

        Assert.Contains("has applications on ML.NET", Tool.Run("export", GeneratedApplication.Model, "--target", "onnx", "--output", Path.GetDirectoryName(GeneratedApplication.Path)!, "--force").Must(1).Error);
        Assert.Contains(
            "has applications on ONNX Runtime",
            Tool.Run("image-classification", "--dataset", GeneratedApplication.Dataset, "--name", "Colours", "--output", folder.Path, "--force").Must(1).Error);
    }

    [TestMethod]
    public void A_model_that_is_none_and_a_name_that_no_class_can_have_are_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["text.zip"], "no model");
        Assert.Contains("is not a model of this trainer", Tool.Run("export", folder["text.zip"], "--target", "onnx", "--output", folder["out"]).Must(1).Error);
        Assert.Contains("There is no model", Tool.Run("export", folder["absent.zip"], "--target", "onnx", "--output", folder["out"]).Must(1).Error);
        File.Copy(GeneratedApplication.Model, folder["my model.zip"]);
        Assert.Contains("choose one with --name", Tool.Run("export", folder["my model.zip"], "--target", "onnx", "--output", folder["out"]).Must(2).Error);
        Assert.Contains("--name '1st'", Tool.Run("export", folder["my model.zip"], "--target", "onnx", "--name", "1st", "--output", folder["out"]).Must(2).Error);
        Assert.IsFalse(Directory.Exists(folder["out"]));
        Assert.HasCount(2, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void The_package_for_browsers_has_one_version()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(OnnxApplicationFolder.Path, "Colours_WebPage", "package.json")));
        Assert.MatchesRegex(@"^\d+\.\d+\.\d+$", json.RootElement.GetProperty("dependencies").GetProperty("onnxruntime-web").GetString());
    }
}
