using System.Xml.Linq;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class ReportTests
{
    [TestMethod]
    public void A_training_leaves_its_report_beside_the_model()
    {
        var path = Path.Combine(GeneratedApplication.Path, "Colours.report.html");
        var text = XDocument.Load(path).Root!.Value;
        Assert.Contains("of 18 test images", text);
        Assert.Contains("Complete after 3 epochs", text);
        Assert.Contains("60 training images, 12 validation images", text);
        Assert.DoesNotContain("There are no training curves", text);
        Assert.Contains("validation", text[text.IndexOf("Parts of the data set", StringComparison.Ordinal)..]);
        Assert.Contains("Colours.report.html", GeneratedApplication.Result.Output);
        Assert.Contains("`Colours.report.html`", File.ReadAllText(Path.Combine(GeneratedApplication.Path, "README.md")));
    }

    [TestMethod]
    public void A_training_without_a_report_does_not_speak_of_one()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 6);
        var result = Tool.Run(
            "image-classification", "--dataset", folder["data"], "--output", folder["out"], "--name", "Bare", "--no-report", "--epoch", "1", "--image-size", "16", "--batch-size", "8",
            "--device", "cpu", "--precision", "float32", "--image-storage", "stream").Must(0);
        Assert.DoesNotContain("report", result.Output);
        Assert.IsFalse(File.Exists(folder["out", "Bare", "Bare.report.html"]));
        Assert.DoesNotContain("report", File.ReadAllText(folder["out", "Bare", "README.md"]));
    }

    [TestMethod]
    public void A_saved_model_is_reported_on_with_all_parts_of_its_data_set()
    {
        using var folder = new TempFolder();
        var result = Report(folder["report.html"], "--dataset", GeneratedApplication.Dataset, "--title", "Colours & more").Must(0);
        Assert.Contains("on 18 test images", result.Output);
        Assert.AreEqual("", result.Error);
        var text = XDocument.Load(folder["report.html"]).Root!.Value;
        Assert.Contains("Colours & more", text);
        Assert.Contains("of 18 test images", text);
        Assert.Contains("Complete after 3 epochs", text);
        Assert.DoesNotContain("images were given", text);
        Assert.Contains("no two images of the data set are the same", text);
    }

    [TestMethod]
    public void Training_images_are_found_among_the_test_images_and_bad_files_are_listed()
    {
        using var folder = new TempFolder();
        var test = Images.Dataset(folder["photos"], 6, seed: 5);
        var train = Path.Combine(GeneratedApplication.Dataset, "train");
        File.Copy(Directory.GetFiles(Path.Combine(train, "red"))[0], folder["photos", "red", "copy.png"]);
        Images.WriteCut(folder["photos", "red", "cut.png"]);
        Assert.Contains("cut.png' cannot be read", Report(folder["report.html"], "--dataset", test).Must(1).Error);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
        var result = Report(folder["report.html"], "--dataset", test, "--training-dataset", train, "--skip-bad-images").Must(0);
        Assert.Contains("cut.png", result.Error);
        var text = XDocument.Load(folder["report.html"]).Root!.Value;
        Assert.Contains("1 test image is among the training images too: the accuracy on the test images is too high", text);
        Assert.Contains("cut.png", text);
    }

    [TestMethod]
    public void A_baseline_learns_the_training_images_by_the_way_of_MLNet_and_stands_beside_the_model()
    {
        using var folder = new TempFolder();
        var result = Report(folder["report.html"], "--dataset", GeneratedApplication.Dataset, "--baseline").Must(0);
        // Plain colours: the features tell them apart.
        Assert.Contains("ML.NET's own pretrained features: accuracy 100.00 %", result.Output);
        var text = XDocument.Load(folder["report.html"]).Root!.Value;
        Assert.Contains("Both on the same 18 test images", text);
        Assert.Contains("95 % interval", text[text.IndexOf("Only this model is right on", StringComparison.Ordinal)..]);
    }

    [TestMethod]
    public void A_baseline_needs_training_images()
    {
        using var folder = new TempFolder();
        var error = Report(folder["report.html"], "--dataset", Path.Combine(GeneratedApplication.Dataset, "test"), "--baseline").Must(1).Error;
        Assert.Contains("--baseline needs the images that the model was trained on", error);
        Assert.Contains("--training-dataset", error);
        Assert.IsFalse(File.Exists(folder["report.html"]));
    }

    [TestMethod]
    public void A_file_that_is_there_is_replaced_by_force_alone()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["report.html"], "mine");
        Assert.Contains("--force", Report(folder["report.html"], "--dataset", GeneratedApplication.Dataset).Must(1).Error);
        Assert.AreEqual("mine", File.ReadAllText(folder["report.html"]));
        Report(folder["report.html"], "--dataset", GeneratedApplication.Dataset, "--force").Must(0);
        Assert.AreNotEqual("mine", File.ReadAllText(folder["report.html"]));
        Assert.Contains("There is no folder", Report(folder["none", "report.html"], "--dataset", GeneratedApplication.Dataset).Must(1).Error);
        File.Copy(GeneratedApplication.Model, folder["model.zip"]);
        Assert.Contains("the model itself", Tool.Run("report", folder["model.zip"], "--output", folder["model.zip"], "--dataset", GeneratedApplication.Dataset, "--force").Must(1).Error);
    }

    [TestMethod]
    public void Images_of_a_class_that_the_model_does_not_know_and_other_files_are_refused()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        Images.Write(folder["data", "yellow", "a.png"], SKColors.Yellow);
        Assert.Contains("yellow", Report(folder["report.html"], "--dataset", folder["data"]).Must(1).Error);
        var image = Images.Write(folder["a.png"], SKColors.Red);
        Assert.Contains("it is no .zip", Tool.Run("report", image, "--dataset", folder["data"], "--output", folder["report.html"]).Must(1).Error);
        Assert.IsFalse(File.Exists(folder["report.html"]));
    }

    [TestMethod]
    public void Without_test_images_the_figures_are_called_those_of_the_validation_images()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["data"]);
        foreach (var part in new[] { "train", "val" })
            Directory.CreateSymbolicLink(folder["data", part], Path.Combine(GeneratedApplication.Dataset, part));
        Assert.Contains("on 12 validation images", Report(folder["report.html"], "--dataset", folder["data"]).Must(0).Output);
        var text = XDocument.Load(folder["report.html"]).Root!.Value;
        Assert.Contains("of 12 validation images", text);
        Assert.Contains("Validation images chose the best epoch.", text);
        Assert.DoesNotContain("test image", text);
    }

    private static Tool.Result Report(string path, params string[] arguments) => Tool.Run(["report", GeneratedApplication.Model, "--output", path, .. arguments]);
}
