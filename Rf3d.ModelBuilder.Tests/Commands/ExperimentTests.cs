using System.Text.Json;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class ExperimentTests
{
    private static readonly string[] Quick =
    [
        "--architecture", "resnet18slim", "mobilenet", "--width-multiplier", "0.125", "--decomposition", "off", "--image-size", "16", "--epoch", "1", "--batch-size", "8", "--device", "cpu",
    ];

    [TestMethod]
    public void An_experiment_leaves_a_model_that_predicts_and_resumes_where_it_was()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data", "train"], 8);
        Images.Dataset(folder["data", "val"], 4, seed: 2);
        Images.Dataset(folder["data", "test"], 2, seed: 3);
        string[] command = ["experiment", "--dataset", folder["data"], "--output", folder["out"], "--name", "Colours", .. Quick];
        var first = Tool.Run(command).Must(0).Output;
        foreach (var text in new[]
            {
                "24 images to learn from, 12 to validate on, 6 to test on, 3 classes", "2 candidates, 2 to train", "Rung 1 of 1: MobileNet x0.125", "epoch 1/1", "best so far",
                "Why each was kept or dropped", "Other finalists beside the best, on the 12 validation images", "On the test images", "Saved",
            })
            Assert.Contains(text, first);
        Assert.DoesNotContain("\u001b", first);
        Assert.DoesNotContain("\r[", first);
        Assert.Contains("red", Tool.Run("predict", folder["out", "Colours.zip"], folder["data", "test", "red", "000.png"]).Must(0).Output);
        CollectionAssert.AreEquivalent(
            new[] { "Colours.experiment", "Colours.report.html", "Colours.zip" }, Directory.GetFileSystemEntries(folder["out"]).Select(Path.GetFileName).ToArray());

        var before = File.ReadAllBytes(folder["out", "Colours.zip"]);
        Assert.Contains("--force", Tool.Run(command).Must(1).Error);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["out", "Colours.zip"]));
        var again = Tool.Run([.. command, "--force", "--no-report", "--json"]).Must(0);
        Assert.Contains("2 finished trials taken from", again.Error);
        Assert.DoesNotContain("Rung", again.Error);
        // The report on the model before is not that of this one.
        Assert.IsFalse(File.Exists(folder["out", "Colours.report.html"]));
        Assert.Contains("was the report on the model that was replaced; it is deleted", again.Error);
        using var json = JsonDocument.Parse(again.Output);
        var root = json.RootElement;
        Assert.AreEqual("Completed", root.GetProperty("end").GetString());
        Assert.AreEqual("test", root.GetProperty("measuredOn").GetString());
        Assert.AreEqual(2, root.GetProperty("finishedTrialsBefore").GetInt32());
        var candidates = root.GetProperty("candidates").EnumerateArray().ToList();
        Assert.HasCount(2, candidates);
        foreach (var candidate in candidates)
        {
            Assert.AreNotEqual("", candidate.GetProperty("reason").GetString());
            foreach (var name in new[] { "rank", "parameters", "macs", "modelBytes", "latencyMilliseconds", "gain", "validationAccuracy", "seconds" })
                Assert.AreEqual(JsonValueKind.Number, candidate.GetProperty(name).ValueKind, name);
            Assert.AreEqual(JsonValueKind.Null, candidate.GetProperty("error").ValueKind);
        }
        // Both were trained to the end; the best one is beside nothing.
        var comparison = candidates.Single(candidate => candidate.GetProperty("status").GetString() == "Finished").GetProperty("comparedWithBest");
        Assert.AreEqual(12, comparison.GetProperty("images").GetInt32());
        var (low, high) = (comparison.GetProperty("accuracyDifferenceInterval").GetProperty("low").GetDouble(), comparison.GetProperty("accuracyDifferenceInterval").GetProperty("high").GetDouble());
        Assert.IsInRange(low, high, comparison.GetProperty("accuracyDifference").GetDouble());
        Assert.AreEqual(low > 0 || high < 0, comparison.GetProperty("isDistinguishable").GetBoolean());
        Assert.AreEqual(JsonValueKind.Null, root.GetProperty("best").GetProperty("comparedWithBest").ValueKind);
        Assert.Contains(root.GetProperty("best").GetProperty("name").GetString(), candidates.Select(candidate => candidate.GetProperty("name").GetString()));

        Assert.Contains("was", Tool.Run([.. command, "--force", "--max-models", "1"]).Must(1).Error);
        var error = Tool.Run([.. command, "--force", "--seed", "2"]).Must(1).Error;
        Assert.Contains("--seed was 1, is 2", error);
        Assert.Contains("choose another --experiment-directory", error);
    }

    [TestMethod]
    public void An_experiment_has_pretrained_candidates_and_fresh_ones()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 8);
        string[] command = ["experiment", "--dataset", folder["data"], "--output", folder["out"], "--no-report", .. Quick, "--pretrained", "none", GeneratedApplication.Onnx];
        var output = Tool.Run(command).Must(0).Output;
        Assert.Contains("3 candidates, 3 to train", output);
        Assert.Contains("weights", output);
        using var json = JsonDocument.Parse(Tool.Run([.. command, "--force", "--json"]).Must(0).Output);
        var weights = json.RootElement.GetProperty("candidates").EnumerateArray().Select(candidate => candidate.GetProperty("pretrained").GetString());
        CollectionAssert.AreEqual(new[] { null, null, "colours.onnx" }, weights.ToArray());
    }

    [TestMethod]
    public void An_interrupted_experiment_keeps_the_best_model_and_the_same_command_resumes_it()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 10);
        using var stop = new CancellationTokenSource();
        string[] command = ["experiment", "--dataset", folder["data"], "--output", folder["out"], "--experiment-directory", folder["trials"], "--no-report", .. Quick];
        using var output = new TriggerWriter("the best so far", stop.Cancel);
        Assert.AreEqual(ExitCode.Cancelled, RfCommand.Run(command, CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: false), stop.Token));
        Assert.Contains("Cancelled; the model is the best so far. The same command resumes from", output.ToString());
        var model = folder["out", "SampleImageClassification.zip"];
        CollectionAssert.AreEqual(new[] { model }, Directory.GetFileSystemEntries(folder["out"]));
        Assert.IsTrue(File.Exists(folder["trials", TrialLog.FileName]));
        Tool.Run("evaluate", model, "--dataset", folder["data"]).Must(0);

        // Only files of the interrupted experiment are replaced without --force.
        var own = File.ReadAllBytes(model);
        File.WriteAllText(model, "of another program");
        Assert.Contains("--force", Tool.Run(command).Must(1).Error);
        File.WriteAllBytes(model, own);

        var resumed = Tool.Run(command).Must(0).Output;
        Assert.Contains("1 finished trial taken from", resumed);
        Assert.DoesNotContain("To measure the speed", resumed);
        Assert.Contains("--force", Tool.Run(command).Must(1).Error);
    }

    [TestMethod]
    public void Candidates_that_the_time_was_not_enough_for_are_not_said_to_be_resumed()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 8);
        string[] command = ["experiment", "--dataset", folder["data"], "--output", folder["out"], "--no-report", .. Quick];
        Tool.Run(command).Must(0);
        LeaveFirst(folder["out", "SampleImageClassification.experiment"]);
        var output = Tool.Run([.. command, "--force"]).Must(0).Output;
        Assert.Contains("--train-time was too short for 1 candidate, and the log keeps this choice", output);
        Assert.DoesNotContain("same command resumes", output);
        using var json = JsonDocument.Parse(Tool.Run([.. command, "--force", "--json"]).Must(0).Output);
        Assert.AreEqual("TimeOver", json.RootElement.GetProperty("end").GetString());
    }

    [TestMethod]
    public void A_test_image_that_cannot_be_read_costs_no_training()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data", "train"], 5);
        // Up to a tenth of them may be skipped.
        Images.Dataset(folder["data", "test"], 4, seed: 3);
        Images.WriteCut(folder["data", "test", "red", "cut.png"]);
        string[] command = ["experiment", "--dataset", folder["data"], "--output", folder["out"], "--no-report", .. Quick, "--max-models", "1"];
        var error = Tool.Run(command).Must(1).Error;
        Assert.Contains("cut.png' cannot be read", error);
        Assert.Contains("Finished trainings are kept", error);
        Assert.IsFalse(File.Exists(folder["out", "SampleImageClassification.zip"]));
        var resumed = Tool.Run([.. command, "--skip-bad-images"]).Must(0);
        Assert.Contains("1 finished trial taken from", resumed.Output);
        Assert.DoesNotContain("epoch 1/1", resumed.Output);
        Assert.Contains("Skipped", resumed.Error);
    }

    [TestMethod]
    public void Cancelled_before_there_is_a_model_nothing_is_written()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 4);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Tool.Run(stop.Token, ["experiment", "--dataset", folder["data"], "--output", folder["out"], .. Quick]).Must(ExitCode.Cancelled);
        AssertNothingIn(folder["out"]);
    }

    [TestMethod]
    public void Data_that_cannot_be_used_is_refused_and_leaves_nothing()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["no-images", "red"]);
        Images.Write(folder["one", "red", "a.png"], SKColors.Red);
        Images.Dataset(folder["data"], 5);
        Assert.Contains("none has images", Refused(folder, "no-images"));
        Assert.Contains("one class only, 'red'", Refused(folder, "one"));
        Assert.Contains("There is no folder", Refused(folder, "absent"));
        Assert.Contains("above the budget of 10", Refused(folder, "data", "--max-model-bytes", "10"));
        Assert.Contains("above the budget of 10", Refused(folder, "data", "--max-macs", "10"));
        Assert.Contains("above the limit of 0.0001", Refused(folder, "data", "--max-latency", "0.0001"));
        Assert.Contains("--image-size has '16' twice", Refused(folder, "data", "--image-size", "16"));
        Assert.Contains("--pretrained has 'resnet81', which is not a file", Refused(folder, "data", "--pretrained", "none", "resnet81"));
        Images.WriteCut(folder["data", "red", "cut.png"]);
        Assert.Contains("cut.png' cannot be read", Refused(folder, "data"));
    }

    [TestMethod]
    [DataRow("--architecture", "alexnet")]
    [DataRow("--width-multiplier", "0")]
    [DataRow("--decomposition", "dw+rpw-g1-o50")]
    [DataRow("--image-size", "32x24")]
    [DataRow("--preset", "best")]
    [DataRow("--train-time", "0")]
    [DataRow("--max-models", "0")]
    [DataRow("--max-macs", "-1")]
    [DataRow("--max-latency", "0")]
    [DataRow("--device", "tpu")]
    [DataRow("--name", "my model")]
    public void Errors_in_the_command_line_are_named(string option, string value)
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        var error = Tool.Run("experiment", "--dataset", folder["data"], "--output", folder["out"], option, value).Must(ExitCode.Usage).Error;
        Assert.IsTrue(error.Contains(option, StringComparison.Ordinal) || error.Contains("groups", StringComparison.Ordinal), error);
        AssertNothingIn(folder["out"]);
    }

    /// <summary>Makes the log one of an experiment that had time for the first of two candidates only.</summary>
    private static void LeaveFirst(string experiment)
    {
        List<LogEntry> entries;
        using (var log = TrialLog.Open(experiment))
            entries = [.. log.All<LogEntry>()];
        var first = entries.OfType<RungEntry>().Single().Candidates[0];
        File.Delete(Path.Combine(experiment, TrialLog.FileName));
        using var rewritten = TrialLog.Open(experiment);
        foreach (var entry in entries.Where(entry => entry is not TrialEntry trial || trial.Candidate == first))
            rewritten.Append(entry is RungEntry rung ? rung with { Candidates = [first] } : entry);
    }

    private static string Refused(TempFolder folder, string dataset, params string[] more)
    {
        var result = Tool.Run(["experiment", "--dataset", folder[dataset], "--output", folder["out"], .. Quick, .. more]).Must(ExitCode.Failed);
        AssertNothingIn(folder["out"]);
        return result.Error;
    }

    private static void AssertNothingIn(string folder) =>
        Assert.IsTrue(!Directory.Exists(folder) || Directory.GetFileSystemEntries(folder).Length == 0, "Something was written.");
}
