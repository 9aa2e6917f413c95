using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class ContinueTrainingTests
{
    [TestMethod]
    public void A_class_is_added_the_old_model_is_kept_and_the_record_says_what_was_continued()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 80);
        AddYellow(data, testImages: 5);
        var before = Hash(model);
        var result = Tool.Run(Arguments(model, data)).Must(0);
        Assert.Contains("Old and new model on the same 240 images of the 3 old classes: 100.00 %", result.Output);
        Assert.Contains("It replaced the old one, which is kept as", result.Output);
        Assert.AreEqual(before, Hash(folder["Colours.previous.zip"]));
        using var saved = Rf3dSavedModel.Load(new MLContext(), model);
        CollectionAssert.AreEqual(new[] { "blue", "green", "red", "yellow" }, saved.Classes);
        Assert.AreEqual(before, saved.History!.Pretrained!.Sha256);
        CollectionAssert.AreEqual(new[] { "blue", "green", "red" }, saved.History.Pretrained.Model!.Classes);
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp"));
        Assert.IsFalse(File.Exists(folder["Colours.candidate.zip"]));
    }

    [TestMethod]
    public void With_few_images_the_old_model_stays_unless_the_user_forces_it()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        var before = Hash(model);
        using (var json = JsonDocument.Parse(Tool.Run([.. Arguments(model, data), "--json"]).Must(1).Output))
        {
            var continued = json.RootElement.GetProperty("continued");
            Assert.AreEqual("Undecided", continued.GetProperty("verdict").GetString());
            Assert.IsFalse(continued.GetProperty("replaced").GetBoolean());
            Assert.AreEqual(12, continued.GetProperty("images").GetInt32());
            Assert.AreEqual(folder["Colours.candidate.zip"], json.RootElement.GetProperty("model").GetString());
        }
        Assert.AreEqual(before, Hash(model));
        using (var candidate = Rf3dSavedModel.Load(new MLContext(), folder["Colours.candidate.zip"]))
            Assert.HasCount(3, candidate.Classes);
        var forced = Tool.Run([.. Arguments(model, data), "--force"]).Must(0);
        Assert.Contains("These images are too few to tell", forced.Output);
        Assert.AreEqual(before, Hash(folder["Colours.previous.zip"]));
        Assert.AreNotEqual(before, Hash(model));
    }

    [TestMethod]
    [DataRow("y", true)]
    [DataRow("n", false)]
    public void Where_it_cannot_tell_it_asks(string answer, bool isReplaced)
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        var before = Hash(model);
        using var output = new StringWriter();
        var console = CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: true) with { Answers = new StringReader(answer) };
        Assert.AreEqual(isReplaced ? 0 : 1, RfCommand.Run(Arguments(model, data), console, CancellationToken.None));
        Assert.Contains("Replace the old model with the new one? [y/N]", output.ToString());
        Assert.AreEqual(isReplaced, before != Hash(model));
    }

    [TestMethod]
    public void A_training_that_is_cut_off_and_can_be_resumed_leaves_its_model_and_does_not_replace_the_one_that_it_continues()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        var before = Hash(model);
        string[] arguments = [.. Arguments(model, data), "--adaptation", "finetune", "--force", "--checkpoint-directory", folder["checkpoints"]];
        using var end = new CancellationTokenSource();
        using var output = new TriggerWriter("epoch 1/", end.Cancel);
        var exitCode = RfCommand.Run(arguments, CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: true), end.Token);
        Assert.AreEqual(130, exitCode, output.ToString());
        Assert.AreEqual(before, Hash(model));
        using (var candidate = Rf3dSavedModel.Load(new MLContext(), folder["Colours.candidate.zip"]))
            Assert.AreEqual(TrainingStopReason.Cancelled, candidate.History!.StopReason);
        Assert.Contains("Resumed from", Tool.Run(arguments).Must(0).Output);
        Assert.AreEqual(before, Hash(folder["Colours.previous.zip"]));
    }

    [TestMethod]
    public void Images_that_are_left_out_do_not_count_for_their_class()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        File.WriteAllLines(folder["out.csv"], ["path,exclude", .. Directory.GetFiles(Path.Combine(data, "train", "green")).Select(file => $"{Path.GetRelativePath(data, file)},yes")]);
        Assert.Contains("has no images of 'green'", Tool.Run([.. Arguments(model, data), "--exclude", folder["out.csv"]]).Must(1).Error);
    }

    [TestMethod]
    public void A_class_of_the_model_without_images_is_refused_and_nothing_is_written()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        AddYellow(data, testImages: 4);
        Directory.Delete(Path.Combine(data, "train", "green"), recursive: true);
        var error = Tool.Run(Arguments(model, data)).Must(1).Error;
        Assert.Contains("has no images of 'green'", error);
        CollectionAssert.AreEquivalent(new[] { "Colours.zip" }, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToList());
    }

    [TestMethod]
    public void Another_preparation_of_the_images_than_that_of_the_model_is_refused_in_the_words_of_the_command_line()
    {
        using var folder = new TempFolder();
        var (model, data) = Prepare(folder, testImages: 4);
        Assert.Contains("--image-size 16, but --image-size is 32. Leave --image-size out.", Tool.Run([.. Arguments(model, data), "--image-size", "32"]).Must(1).Error);
        Assert.Contains("Leave --resizing out.", Tool.Run([.. Arguments(model, data), "--resizing", "isopad"]).Must(1).Error);
        CollectionAssert.AreEquivalent(new[] { "Colours.zip" }, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToList());
    }

    [TestMethod]
    public void What_is_no_model_and_what_does_not_go_together_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["text.zip"], "not a model");
        Assert.Contains("--continue-from: ", Tool.Run(Arguments(folder["text.zip"], GeneratedApplication.Dataset)).Must(1).Error);
        Assert.Contains("missing.zip", Tool.Run(Arguments(folder["missing.zip"], GeneratedApplication.Dataset)).Must(1).Error);
        Assert.Contains("--name cannot go with --continue-from", Tool.Run([.. Arguments(GeneratedApplication.Model, GeneratedApplication.Dataset), "--name", "New"]).Must(2).Error);
        Assert.Contains("leave --architecture out", Tool.Run([.. Arguments(GeneratedApplication.Model, GeneratedApplication.Dataset), "--architecture", "mobilenet"]).Must(2).Error);
        Assert.Contains("--dataset", Tool.Run("train", "--continue-from", GeneratedApplication.Model).Must(2).Error);
    }

    [TestMethod]
    [DataRow(-0.019, 0.05, "Replace")]
    [DataRow(0.001, 0.05, "Replace")]
    [DataRow(-0.02, 0.05, "Undecided")]
    [DataRow(-0.3, -0.019, "Undecided")]
    [DataRow(-0.3, -0.02, "Worse")]
    public void The_interval_decides(double low, double high, string verdict) => Assert.AreEqual(verdict, ContinuationRule.Of(new(low, high)).ToString());

    [TestMethod]
    public void Without_an_image_to_compare_by_nothing_is_decided() => Assert.AreEqual(ContinuationVerdict.Undecided, ContinuationRule.Of(null));

    private static (string Model, string Data) Prepare(TempFolder folder, int testImages)
    {
        File.Copy(GeneratedApplication.Model, folder["Colours.zip"]);
        Images.Dataset(folder["data", "train"], 12, seed: 7);
        Images.Dataset(folder["data", "test"], testImages, seed: 8);
        return (folder["Colours.zip"], folder["data"]);
    }

    private static void AddYellow(string data, int testImages)
    {
        foreach (var (part, count) in new[] { ("train", 12), ("test", testImages) })
        {
            for (var i = 0; i < count; i++)
                Images.Write(Path.Combine(data, part, "yellow", $"{i}.png"), SKColors.Yellow, seed: 900 + i);
        }
    }

    private static string[] Arguments(string model, string data) => ["train", "--continue-from", model, "--dataset", data, "--epoch", "2", "--batch-size", "8", "--device", "cpu"];

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
