using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>Data sets in other forms than the one that documentation shows.</summary>
[TestClass]
public class DataSetTests
{
    private static readonly string[] Quick = ["--image-size", "16", "--epoch", "1", "--batch-size", "8", "--device", "cpu"];

    [TestMethod]
    [FieldReport(4, 29)]
    public void Splits_of_other_names_in_the_only_folder_are_trained_on_and_the_test_images_measure()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data", "archive", "training_set"], 6);
        Images.Dataset(folder["data", "archive", "Test_Set"], 2, seed: 2);
        File.WriteAllText(folder["data", "archive", "training_set", "red", "notes.txt"], "");
        Images.Write(folder["data", "__MACOSX", "red", "1.png"], SKColors.Red);

        var output = Tool.Run(["train", "--dataset", folder["data"], "--output", folder.Path, .. Quick]).Must(0).Output;

        Assert.Contains("15 images to learn from, 3 to validate on (held out), 6 to test on, 3 classes", output);
        Assert.Contains("Not used: 1 .txt file that is not an image", output);
        Assert.Contains("Not used: 1 hidden folder", output);
        Assert.Contains("On the test images", output);
    }

    [TestMethod]
    [FieldReport(4)]
    public void Folders_named_after_parts_without_classes_name_the_options()
    {
        using var folder = new TempFolder();
        Images.Write(folder["data", "Training", "1.png"], SKColors.Red);
        Images.Write(folder["data", "Testing", "2.png"], SKColors.Blue);

        var error = Tool.Run(["train", "--dataset", folder["data"], "--output", folder.Path, .. Quick]).Must(1).Error;

        foreach (var part in new[] { "Testing, Training", "no images beside these", "--dataset", "--validation-dataset", "--test-dataset" })
            Assert.Contains(part, error);
    }

    [TestMethod]
    [FieldReport(30)]
    public void One_image_in_each_class_says_what_to_do()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 1);
        Assert.Contains("--validation-dataset", Tool.Run(["train", "--dataset", folder["data"], "--output", folder.Path, .. Quick]).Must(1).Error);
    }

    [TestMethod]
    [FieldReport(9)]
    [DataRow(true)]
    [DataRow(false)]
    public void Labels_in_a_table_train_an_application_that_measures_and_trains_again(bool isNamed)
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["classes"], 6);
        Directory.CreateDirectory(folder["data", "images"]);
        var rows = new List<string> { "photo,kind" };
        foreach (var path in Directory.GetFiles(folder["classes"], "*.png", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(Path.GetDirectoryName(path)!);
            File.Copy(path, folder["data", "images", $"{name}{Path.GetFileName(path)}"]);
            rows.Add($"{name}{Path.GetFileName(path)},{name}");
        }
        if (!isNamed)
            rows[0] = "filename,label";
        File.WriteAllLines(folder["data", "labels.csv"], rows);
        string[] where = isNamed
            ? ["--dataset", folder["data", "images"], "--labels", folder["data", "labels.csv"], "--image-column", "photo", "--label-column", "kind", "--no-orientation"]
            : ["--dataset", folder["data"]];

        var result = Tool.Run(["image-classification", .. where, "--name", "Table", "--no-report", "--output", folder.Path, .. Quick]).Must(0);

        Assert.Contains($"The labels are those of '{folder["data", "labels.csv"]}'.", result.Output);
        Assert.Contains("15 images to learn from, 3 to validate on (held out), 3 classes", result.Output);
        foreach (var file in new[] { "Table.training.cs", "Table.evaluate.cs" })
        {
            Assert.Contains("LoadImageTable(", File.ReadAllText(folder["Table", file]));
            Assert.Contains($"ApplyOrientation = {(isNamed ? "false" : "true")},", File.ReadAllText(folder["Table", file]).Replace(" }", ",", StringComparison.Ordinal));
        }
        Assert.Contains("18 images", Tool.Run(["evaluate", folder["Table", "Table.zip"], .. where]).Must(0).Output);
        Assert.Contains("15 images to learn from", Tool.Run("train", "--training-config", folder["Table", "Table.mbconfig"]).Must(0).Output);
        if (isNamed)
            Assert.Contains("'photo', 'kind'", Tool.Run(["evaluate", folder["Table", "Table.zip"], .. where.Take(4)]).Must(1).Error);
    }

    [TestMethod]
    [FieldReport(9)]
    public void Files_of_MNIST_are_a_data_set()
    {
        using var folder = new TempFolder();
        Images.Mnist(folder["data"], "train", 40);
        Images.Mnist(folder["data"], "t10k", 10);

        var result = Tool.Run(["image-classification", "--dataset", folder["data"], "--name", "Digits", "--output", folder.Path, .. Quick]).Must(0);

        Assert.Contains("30 images to learn from, 10 to validate on (held out), 10 to test on, 10 classes", result.Output);
        Assert.Contains("On the test images", result.Output);
        Assert.IsTrue(File.Exists(folder["Digits", "Digits.report.html"]), result.Error);
        Assert.Contains("LoadMnist(folder, MnistSplit.Train)", File.ReadAllText(folder["Digits", "Digits.training.cs"]));
        Assert.Contains("LoadMnist(folder, MnistSplit.Test, classes)", File.ReadAllText(folder["Digits", "Digits.evaluate.cs"]));
        Assert.Contains("10 images", Tool.Run("evaluate", folder["Digits", "Digits.zip"], "--dataset", folder["data"]).Must(0).Output);
        Tool.Run("compare", folder["Digits", "Digits.zip"], folder["Digits", "Digits.zip"], "--dataset", folder["data"]).Must(0);
    }

    [TestMethod]
    public void Evaluate_compare_report_and_predict_count_unused_files()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["data"], 2);
        for (var i = 0; i < 3; i++)
            File.WriteAllText(folder["data", "red", $"{i}.txt"], "");

        const string Said = "Not used: 3 .txt files that are not images";
        Assert.Contains(Said, Tool.Run("evaluate", GeneratedApplication.Model, "--dataset", folder["data"]).Must(0).Error);
        Assert.Contains(Said, Tool.Run("compare", GeneratedApplication.Model, GeneratedApplication.Model, "--dataset", folder["data"]).Must(0).Error);
        Assert.Contains(Said, Tool.Run("predict", GeneratedApplication.Model, folder["data"]).Must(0).Error);
        Assert.Contains(Said, Tool.Run("report", GeneratedApplication.Model, "--dataset", folder["data"], "--output", folder["report.html"]).Must(0).Error);
        Assert.Contains("3 .txt files that are not images", File.ReadAllText(folder["report.html"]));
    }
}
