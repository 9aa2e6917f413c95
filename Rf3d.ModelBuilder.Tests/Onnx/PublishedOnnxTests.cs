using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The console application on ONNX Runtime, published as native code and trimmed, without a warning.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class PublishedOnnxTests
{
    private static readonly TempFolder Folder = new();

    [ClassInitialize]
    public static void Copy(TestContext context)
    {
        foreach (var file in OnnxApplicationFolder.Files(OnnxApplicationFolder.Path))
            File.Copy(Path.Combine(OnnxApplicationFolder.Path, file), Folder.New("Colours", file));
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    [DataRow("native", "-p:PublishAot=true")]
    [DataRow("trimmed", "-p:PublishAot=false")]
    public void A_published_program_gives_the_scores_of_the_zip_for_a_thousand_images(string form, string property)
    {
        var program = Publish(form, property);
        var files = Enumerable.Range(0, 1000).Select(Image).ToArray();
        using var model = Rf3dSavedModel.Load(new MLContext(), GeneratedApplication.Model);
        var expected = model.Predict(files).ToList();
        var lines = Tool.Start(program, ["--json", .. files]).Must(0).Output.TrimEnd().Split('\n');
        Assert.HasCount(expected.Count, lines);
        foreach (var (prediction, line) in expected.Zip(lines))
        {
            using var json = JsonDocument.Parse(line);
            Assert.AreEqual(prediction.Path, json.RootElement.GetProperty("file").GetString());
            Assert.AreEqual(prediction.PredictedLabel, json.RootElement.GetProperty("predictedLabel").GetString(), prediction.Path);
            for (var i = 0; i < model.Classes.Length; i++)
                Assert.AreEqual(prediction.Scores[i], json.RootElement.GetProperty("scores").GetProperty(model.Classes[i]).GetSingle(), 1e-4f, prediction.Path);
        }
        AssertTable(program, files[0], model.Classes.Length);
        AssertErrors(program);
        Assert.IsFalse(
            Directory.GetFiles(Path.GetDirectoryName(program)!).Any(file => Path.GetFileName(file) is "Microsoft.ML.Core.dll" or "Microsoft.ML.Data.dll" || file.Contains("torch", StringComparison.OrdinalIgnoreCase)));
    }

    private static string Publish(string form, string property)
    {
        var project = Folder["Colours", "Colours_ConsoleApp"];
        var restore = Tool.Start("dotnet", ["restore", project, "--nologo", "-v", "q", property, "--ucr"]);
        if (restore.ExitCode != 0)
            Assert.Inconclusive($"Skipped: the compiler or the runtime of .NET cannot be restored: {restore.Output}");
        var result = Tool.Start("dotnet", ["publish", project, "-c", "Release", "--ucr", property, "--nologo", "-warnaserror", "-nodeReuse:false", "-o", Folder[form]]);
        if (result.Output.Contains("Platform linker", StringComparison.Ordinal))
            Assert.Inconclusive("Skipped: there is neither clang nor gcc, one of which links native programs.");
        result.Must(0);
        return Folder[form, OperatingSystem.IsWindows() ? "Colours_ConsoleApp.exe" : "Colours_ConsoleApp"];
    }

    private static void AssertTable(string program, string file, int classes)
    {
        var lines = Tool.Start(program, [file]).Must(0).Output.TrimEnd().Split('\n');
        Assert.HasCount(2 + classes, lines);
        Assert.AreEqual(file, lines[0]);
        Assert.AreEqual($"  {"Class",-40} Score", lines[1]);
        Assert.MatchesRegex(@"^  \w+ +[01]\.\d{4}$", lines[2]);
    }

    private static void AssertErrors(string program)
    {
        Assert.Contains("Usage: Colours_ConsoleApp", Tool.Start(program, []).Must(2).Error);
        File.WriteAllText(Folder["text.jpg"], "no image");
        var result = Tool.Start(program, ["", Folder["text.jpg"]]).Must(1);
        Assert.Contains("The image '' cannot be read: ", result.Error);
        Assert.Contains("text.jpg' cannot be read: its content is not an image", result.Error);
        var model = Path.Combine(Path.GetDirectoryName(program)!, "Colours.onnx");
        var content = File.ReadAllBytes(model);
        File.WriteAllBytes(model, content[..(content.Length / 2)]);
        Assert.Contains("Colours.onnx' cannot be used as a model", Tool.Start(program, [Folder["text.jpg"]]).Must(1).Error);
        File.Delete(model);
        Assert.Contains("There is no model", Tool.Start(program, [Folder["text.jpg"]]).Must(1).Error);
        File.WriteAllBytes(model, content);
    }

    /// <summary>Images of many sizes, some of them photographs that lie on their side.</summary>
    private static string Image(int number)
    {
        var path = Folder["images", $"{number}{(number % 3 == 0 ? ".jpg" : ".png")}"];
        if (number % 50 == 49)
            File.WriteAllBytes(path, PictureFiles.Photograph(number % 3 == 0 ? "jpeg" : "png", 1 + (number / 50 % 8)));
        else
            Images.Write(path, new SKColor((byte)(number * 7), (byte)(number * 13), (byte)(number * 29)), 8 + (number % 61), 8 + (number % 53), number);
        return path;
    }
}
