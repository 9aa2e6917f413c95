using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Generated code builds without a warning, and works as described.</summary>
[TestClass]
public class GeneratedCodeTests
{
    private static readonly TempFolder Folder = new();

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    [DataRow("ConsoleApp")]
    [DataRow("WebApi")]
    public void Applications_reference_neither_Rf3d_nor_TorchSharp(string project)
    {
        var files = Directory.GetFiles(BuiltApplication.Output(project), "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains($"Colours_{project}.dll", files);
        Assert.IsFalse(files.Any(file => file!.StartsWith("Rf3d", StringComparison.OrdinalIgnoreCase) || file.Contains("torch", StringComparison.OrdinalIgnoreCase)));
    }

    [TestMethod]
    public void The_console_application_classifies_files_and_says_which_are_none()
    {
        var image = Images.Write(Folder["red.png"], SKColors.Red, 40, 30);
        File.WriteAllText(Folder["text.jpg"], "no image");
        var result = Tool.Start("dotnet", [BuiltApplication.Program("ConsoleApp"), image, Folder["text.jpg"], Folder["absent.jpg"]]).Must(1);
        var lines = result.Output.Trim().ReplaceLineEndings("\n").Split('\n');
        Assert.HasCount(5, lines);
        Assert.AreEqual(image, lines[0]);
        Assert.StartsWith("  red ", lines[2]);
        Assert.Contains("text.jpg: The image cannot be read: its content is not an image", result.Error);
        Assert.Contains("absent.jpg: ", result.Error);
        Tool.Start("dotnet", [BuiltApplication.Program("ConsoleApp")]).Must(2);
    }

    [TestMethod]
    [DataRow("ConsoleApp")]
    [DataRow("WebApi")]
    public void Without_its_model_an_application_ends_with_an_error_that_names_it(string project)
    {
        foreach (var file in Directory.GetFiles(BuiltApplication.Output(project), "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "Colours.zip"))
            File.Copy(file, Folder.New($"no-model-{project}", Path.GetRelativePath(BuiltApplication.Output(project), file)));
        // Images for the one, no settings for the other.
        var result = Tool.Start("dotnet", [Folder[$"no-model-{project}", $"Colours_{project}.dll"], "a.png", "b.png"]).Must(1);
        Assert.AreEqual("", result.Output);
        // One line, and no trace of the stack.
        var line = result.Error.TrimEnd();
        Assert.DoesNotContain("\n", line);
        Assert.Contains("Colours.zip", line);
    }

    [TestMethod]
    public void A_model_whose_temporary_file_has_an_unlucky_name_is_loaded_once_more()
    {
        var load = CompiledCode.ConsumptionClass(GeneratedApplication.Path, "Colours").GetMethod("LoadOnceMore", BindingFlags.NonPublic | BindingFlags.Static)!;
        var model = new TransformerChain<ITransformer>();
        var attempts = 0;
        Func<ITransformer> second = () => ++attempts == 1 ? throw new InvalidOperationException("Its name ends in .ort.") : model;
        Assert.AreSame(model, load.Invoke(null, [second]));
        Assert.AreEqual(2, attempts);
    }

    [TestMethod]
    [FieldReport(2, 5)]
    public async Task Photographs_are_upright_in_the_applications_and_other_formats_are_read()
    {
        string[] files = [Folder["upright.png"], Folder["phone.jpg"], Folder["scan"]];
        File.WriteAllBytes(files[0], PictureFiles.Photograph("png", 1));
        File.WriteAllBytes(files[1], PictureFiles.Photograph("png", 6));
        File.WriteAllBytes(files[2], PictureFiles.Photograph("tiff", 8));
        var lines = Tool.Start("dotnet", [BuiltApplication.Program("ConsoleApp"), .. files]).Must(0).Output.Trim().ReplaceLineEndings("\n").Split('\n');
        Assert.HasCount(15, lines);
        CollectionAssert.AreEqual(lines[1..5], lines[6..10]);
        CollectionAssert.AreEqual(lines[1..5], lines[11..15]);

        var service = await WebService.Shared;
        var answers = new List<string>();
        foreach (var file in files)
        {
            using var response = await service.Send(File.ReadAllBytes(file));
            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
            answers.Add(await response.Content.ReadAsStringAsync());
        }
        Assert.HasCount(1, answers.Distinct().ToList());
    }

    [TestMethod]
    public async Task The_web_service_classifies_uploads_and_refuses_other_requests()
    {
        var service = await WebService.Shared;
        var health = JsonDocument.Parse(await service.Client.GetStringAsync("/health")).RootElement;
        Assert.AreEqual("healthy", health.GetProperty("status").GetString());

        // More at once than there are engines.
        var colours = new[] { ("red", SKColors.Red), ("blue", SKColors.Blue), ("green", SKColors.Green) };
        // The last is the type that curl declares unless another one is given.
        var types = new[] { null, "image/png", "application/x-www-form-urlencoded" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var (name, colour) = colours[i % 3];
            var content = File.ReadAllBytes(Images.Write(Folder[$"upload{i}.png"], colour, 16 + i, 20, i));
            using var response = await (i % 4 == 0 ? service.Upload(content) : service.Send(content, types[(i % 4) - 1]));
            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
            var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            Assert.AreEqual(3, answer.GetProperty("scores").GetArrayLength());
            Assert.AreEqual(answer.GetProperty("predictedLabel").GetString(), answer.GetProperty("scores")[0].GetProperty("label").GetString());
            return (name, answer.GetProperty("predictedLabel").GetString());
        }));
        foreach (var (expected, actual) in answers)
            Assert.AreEqual(expected, actual);

        await AssertBadRequest(await service.Upload("no image"u8.ToArray()), "not an image in a format that can be decoded");
        await AssertBadRequest(await service.Send("no image"u8.ToArray()), "not an image in a format that can be decoded");
        await AssertBadRequest(await service.Send([]), "No image was sent");
        await AssertBadRequest(await service.Send("garbage"u8.ToArray(), "multipart/form-data; boundary=x"), "malformed");
    }

    [TestMethod]
    public void The_files_are_those_of_Model_Builder_and_a_project_for_each_use()
    {
        foreach (var file in new[] { "Colours.mbconfig", "Colours.zip", "Colours.consumption.cs", "Colours.support.cs", "Colours.training.cs", "Colours.evaluate.cs", "README.md", "Dockerfile", ".dockerignore" })
            Assert.IsTrue(File.Exists(Path.Combine(BuiltApplication.Path, file)), file);
        foreach (var project in new[] { "ConsoleApp", "WebApi", "Training" })
            Assert.IsTrue(File.Exists(Path.Combine(BuiltApplication.Path, $"Colours_{project}", $"Colours_{project}.csproj")), project);
        Assert.DoesNotContain("{{", string.Concat(Directory.EnumerateFiles(BuiltApplication.Path, "*.cs*", SearchOption.TopDirectoryOnly).Select(File.ReadAllText)));
    }

    [TestMethod]
    public void The_readme_and_the_next_steps_have_the_address_of_the_web_service()
    {
        Assert.Contains($"UseUrls(\"{ApplicationGenerator.Address}\")", File.ReadAllText(Path.Combine(BuiltApplication.Path, "Colours_WebApi", "WebAddress.cs")));
        Assert.Contains($"{ApplicationGenerator.Address}/predict", File.ReadAllText(Path.Combine(BuiltApplication.Path, "README.md")));
        Assert.Contains($"{ApplicationGenerator.Address}/predict", GeneratedApplication.Result.Output);
        // That port of ASP.NET is in use on macOS.
        Assert.AreNotEqual(5000, new Uri(ApplicationGenerator.Address).Port);
    }

    [TestMethod]
    public void The_generated_training_finds_out_before_it_begins_whether_the_model_can_be_written()
    {
        var model = CompiledCode.TrainingClass(GeneratedApplication.Path, "Colours");
        // Cancelled: a training that began would end with another error.
        foreach (var path in new[] { Folder["none", "Colours.zip"], GeneratedApplication.Path })
        {
            var error = Assert.ThrowsExactly<TargetInvocationException>(() => model.GetMethod("Train")!.Invoke(null, [path, model.GetField("RetrainFolder")!.GetRawConstantValue(), new CancellationToken(canceled: true)]));
            Assert.IsInstanceOfType<IOException>(error.InnerException);
            Assert.StartsWith($"'{path}' ", error.InnerException!.Message);
        }
    }

    [TestMethod]
    public void A_trained_model_that_cannot_get_its_place_is_kept_and_named()
    {
        var save = CompiledCode.TrainingClass(GeneratedApplication.Path, "Colours").GetMethod("SaveModel")!;
        // A folder that came to be meanwhile.
        var path = Directory.CreateDirectory(Folder["kept", "Colours.zip"]).FullName;
        var mlContext = new MLContext();
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => save.Invoke(null, [mlContext, SmallTransformer.Model, mlContext.Data.LoadDrawnShapes(10), path]));
        Assert.IsInstanceOfType<IOException>(error.InnerException);
        var kept = Directory.GetFiles(Folder["kept"]).Single();
        Assert.EndsWith($"The model is not lost: it is in '{kept}'.", error.InnerException!.Message);
        Assert.IsGreaterThan(1000, new FileInfo(kept).Length);
    }

    [TestMethod]
    public void Literals_are_escaped()
    {
        Assert.AreEqual("""
            "C:\\data\\a \"b\"\u000a\ud83d\ude00é"
            """, Escaped.CSharp("C:\\data\\a \"b\"\n😀é"));
    }

    private static async Task AssertBadRequest(HttpResponseMessage response, string message)
    {
        using (response)
        {
            Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(message, await response.Content.ReadAsStringAsync());
        }
    }
}
