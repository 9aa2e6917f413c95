using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class ImageClassificationTests
{
    private static readonly string[] Quick = ["--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu"];

    [TestMethod]
    public void Shows_plan_progress_figures_and_next_steps()
    {
        var output = GeneratedApplication.Result.Output;
        Assert.Contains("60 images to learn from, 12 to validate on, 18 to test on, 3 classes", output);
        Assert.Contains("epoch 3/3", output);
        Assert.Contains("images/s", output);
        Assert.Contains("On the test images", output);
        Assert.Contains("Confusion", output);
        Assert.Contains("Colours_WebApi", output);
        Assert.DoesNotContain("\u001b", output);
        Assert.DoesNotContain("\r[", output);
    }

    [TestMethod]
    public void Json_is_all_that_a_script_gets_on_standard_output()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var result = Tool.Run(["image-classification", "--dataset", folder["data"], "--output", folder["out"], "--json", .. Quick]).Must(0);
        using var json = JsonDocument.Parse(result.Output);
        Assert.AreEqual("Completed", json.RootElement.GetProperty("end").GetString());
        Assert.AreEqual(3, json.RootElement.GetProperty("metrics").GetProperty("images").GetInt32());
        Assert.Contains("epoch 1/1", result.Error);
        Assert.IsTrue(File.Exists(folder["out", "SampleImageClassification", "SampleImageClassification.mbconfig"]));
    }

    [TestMethod]
    public void Train_time_ends_with_the_epochs_that_fit_or_with_one()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        string[] command = ["train", "--dataset", folder["data"], "--output", folder["out"], "--image-size", "16", "--batch-size", "8", "--device", "cpu", "--force"];
        var output = Tool.Run(new SteppingClock(200), [.. command, "--train-time", "4000"]).Must(0).Output;
        var found = Regex.Match(output, @"An epoch takes about ([\d.]+) seconds: (\d+) of them in 4000 seconds");
        Assert.IsTrue(found.Success, output);
        var (seconds, epochs) = (double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.IsGreaterThan(1, epochs);
        // The seconds are written with one decimal.
        Assert.IsLessThanOrEqualTo(4000, (seconds - 0.05) * epochs);
        Assert.Contains($"epoch 1/{epochs}", output);
        // More of them fit than are trained while the clock is looked at so often.
        Assert.Contains("The time of --train-time is over", output);

        output = Tool.Run([.. command, "--train-time", "0.001"]).Must(0).Output;
        Assert.Contains("one epoch is trained, because", output);
        Assert.Contains("epoch 1/1", output);
    }

    [TestMethod]
    public void Train_time_cuts_off_the_epochs_that_were_asked_for()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var result = Tool.Run(
            new SteppingClock(200),
            "train", "--dataset", folder["data"], "--output", folder["out"], "--image-size", "16", "--batch-size", "8", "--device", "cpu", "--train-time", "500", "--epoch", "100000", "--json").Must(0);
        Assert.Contains("The time of --train-time is over", result.Error);
        Assert.AreEqual("Cancelled", JsonDocument.Parse(result.Output).RootElement.GetProperty("end").GetString());
    }

    [TestMethod]
    public void A_folder_without_images_or_with_one_class_or_none_at_all_is_refused()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("has no sub-folders", AssertRefused(folder, folder["empty"]));
        Directory.CreateDirectory(folder["no-images", "red"]);
        Assert.Contains("none has images", AssertRefused(folder, folder["no-images"]));
        Images.Write(folder["one", "red", "a.png"], SKColors.Red);
        Assert.Contains("one class only, 'red'", AssertRefused(folder, folder["one"]));
        Assert.Contains("There is no folder", AssertRefused(folder, folder["absent"]));
    }

    [TestMethod]
    [FieldReport(27)]
    public void An_image_that_cannot_be_read_ends_it_unless_such_are_to_be_skipped()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 10);
        Images.WriteCut(folder["data", "red", "cut.png"]);
        var error = AssertRefused(folder, folder["data"]);
        Assert.Contains("cut.png' cannot be read", error);
        var result = Tool.Run(["image-classification", "--dataset", folder["data"], "--output", folder["out"], "--skip-bad-images", .. Quick]).Must(0);
        Assert.Contains("cut.png: the file ends before the image does", result.Error);

        // The test images at the end include such images, too.
        Images.Dataset(folder["test"], 10);
        Images.WriteCut(folder["test", "red", "half.png"]);
        Images.Write(folder["test", "red", "large.png"], SKColors.Red, 1100, 1000);
        result = Tool.Run(
            ["train", "--dataset", folder["data"], "--test-dataset", folder["test"], "--output", folder["out"], "--skip-bad-images", "--max-megapixels", "1", .. Quick]).Must(0);
        Assert.Contains("half.png: the file ends before the image does", result.Error);
        Assert.Contains("large.png", result.Error);

        Images.Dataset(folder["large"], 2);
        Images.Write(folder["large", "red", "large.png"], SKColors.Red, 1100, 1000);
        Images.Dataset(folder["good"], 4);
        Assert.Contains("large.png", Tool.Run(["train", "--dataset", folder["good"], "--test-dataset", folder["large"], "--output", folder["other"], "--max-megapixels", "1", .. Quick]).Must(1).Error);
    }

    [TestMethod]
    [DataRow("my model")]
    [DataRow("1st")]
    [DataRow("../up")]
    [DataRow("NUL")]
    [DataRow("")]
    public void A_name_that_no_class_can_have_is_refused(string name)
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        var error = AssertRefused(folder, folder["data"], ExitCode.Usage, "--name", name);
        Assert.Contains("--name", error);
    }

    [TestMethod]
    public void A_folder_that_has_files_is_refused_and_with_force_only_ours_are_replaced()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        File.WriteAllText(folder.New("out", "Model1", "mine.txt"), "mine");
        File.WriteAllText(folder["out", "Model1", "Model1.consumption.cs"], "old");
        string[] command = ["image-classification", "--dataset", folder["data"], "--output", folder["out"], "--name", "Model1", .. Quick];
        Assert.Contains("--force", Tool.Run(command).Must(1).Error);
        Assert.HasCount(2, Directory.GetFileSystemEntries(folder["out", "Model1"]));

        Tool.Run([.. command, "--force"]).Must(0);
        Assert.AreEqual("mine", File.ReadAllText(folder["out", "Model1", "mine.txt"]));
        Assert.Contains("class Model1", File.ReadAllText(folder["out", "Model1", "Model1.consumption.cs"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder["out"]));
    }

    [TestMethod]
    [DataRow("--epoch", "0")]
    [DataRow("--epoch", "many")]
    [DataRow("--train-time", "-1")]
    [DataRow("--image-size", "0")]
    [DataRow("--image-size", "32x")]
    [DataRow("--architecture", "alexnet")]
    [DataRow("--decomposition", "dw+rpw-g1-o50")]
    [DataRow("--device", "tpu")]
    [DataRow("--preset", "best")]
    [DataRow("--width-multiplier", "0,5")]
    [DataRow("--train-time", "1,5")]
    [DataRow("--validation-fraction", "0,2")]
    [DataRow("--unknown", "1")]
    public void Errors_in_the_command_line_are_named(string option, string value)
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        var error = AssertRefused(folder, folder["data"], ExitCode.Usage, option, value);
        Assert.IsTrue(error.Contains(option, StringComparison.Ordinal) || error.Contains(value, StringComparison.Ordinal) || error.Contains("groups", StringComparison.Ordinal), error);
    }

    [TestMethod]
    public void Cancelled_before_there_is_a_model_nothing_is_written()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Tool.Run(stop.Token, ["image-classification", "--dataset", folder["data"], "--output", folder["out"], .. Quick]).Must(ExitCode.Cancelled);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder["out"]));
    }

    [TestMethod]
    [DataRow("INT")]
    [DataRow("TERM")]
    public void A_signal_to_stop_keeps_the_best_model_and_generates_the_application(string signal)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Windows sends Ctrl+C to all processes of a console.");
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var isInterrupted = false;
        // A process that was started in the background ignores the signal, and so would those that it starts.
        string[] program = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var result = Tool.Start(
            program[0],
            [.. program[1..], Tool.Assembly, "image-classification", "--dataset", folder["data"], "--output", folder["out"], "--name", "Kept", "--epoch", "100000", "--image-size", "16", "--device", "cpu"],
            onLine: (process, line) =>
            {
                if (isInterrupted || !line.Contains("epoch 2/", StringComparison.Ordinal))
                    return;
                isInterrupted = true;
                Tool.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]).Must(0);
            }).Must(ExitCode.Cancelled);
        Assert.Contains("the best so far", result.Output);
        // A second signal would leave the copy.
        Assert.Contains("Measuring the model so far, of which a copy is in '", result.Output);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder["out"]));
        Assert.Contains("There is no report, because the command was cancelled.", result.Error);
        Assert.DoesNotContain("Kept.report.html", result.Output);
        // In its place is a page that says so, which the next training by the .mbconfig replaces.
        Assert.Contains("There is no report on this model", File.ReadAllText(folder["out", "Kept", "Kept.report.html"]));
        Assert.IsTrue(File.Exists(folder["out", "Kept", "Kept.zip"]));
        Assert.IsTrue(File.Exists(folder["out", "Kept", "Kept.mbconfig"]));
    }

    private static string AssertRefused(TempFolder folder, string dataset, int exitCode = ExitCode.Failed, params string[] more)
    {
        var result = Tool.Run(["image-classification", "--dataset", dataset, "--output", folder["out"], .. more.Contains("--epoch") || more.Contains("--image-size") || more.Contains("--device") ? more : [.. Quick, .. more]]).Must(exitCode);
        Assert.IsTrue(!Directory.Exists(folder["out"]) || Directory.GetFileSystemEntries(folder["out"]).Length == 0, "Something was written.");
        return result.Error;
    }
}
