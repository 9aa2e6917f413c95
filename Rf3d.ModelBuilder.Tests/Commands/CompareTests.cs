using System.Text.Json;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class CompareTests
{
    // Trained on a few images for one epoch: hardly better than chance.
    private static readonly Lazy<(TempFolder Folder, string Model)> Weak = new(() => Train("weak", Images.Dataset));

    [ClassCleanup]
    public static void Delete()
    {
        if (Weak.IsValueCreated)
            Weak.Value.Folder.Dispose();
    }

    [TestMethod]
    public void Json_has_both_models_their_difference_and_the_classes()
    {
        using var json = JsonDocument.Parse(Tool.Run("compare", GeneratedApplication.Model, Weak.Value.Model, "--dataset", GeneratedApplication.Dataset, "--json").Must(0).Output);
        var root = json.RootElement;
        Assert.AreEqual(18, root.GetProperty("images").GetInt32());
        Assert.AreEqual(18, new[] { "bothRight", "onlyARight", "onlyBRight", "neitherRight" }.Sum(name => root.GetProperty(name).GetInt32()));
        foreach (var (name, model) in new[] { ("a", GeneratedApplication.Model), ("b", Weak.Value.Model) })
        {
            var figures = root.GetProperty(name);
            using var evaluation = JsonDocument.Parse(Tool.Run("evaluate", model, "--dataset", GeneratedApplication.Dataset, "--json").Must(0).Output);
            Assert.AreEqual(model, figures.GetProperty("model").GetString());
            Assert.AreEqual(evaluation.RootElement.GetProperty("microAccuracy").GetDouble(), figures.GetProperty("accuracy").GetDouble());
            Assert.AreEqual(evaluation.RootElement.GetProperty("logLoss").GetDouble(), figures.GetProperty("logLoss").GetDouble());
            Assert.AreEqual(new FileInfo(model).Length, figures.GetProperty("fileBytes").GetInt64());
            Assert.IsGreaterThan(0.0, figures.GetProperty("millisecondsPerImage").GetDouble());
            Assert.IsGreaterThan(1000, figures.GetProperty("parameters").GetInt64());
        }
        CollectionAssert.AreEqual(new[] { "blue", "green", "red" }, root.GetProperty("classes").EnumerateArray().Select(row => row.GetProperty("name").GetString()).ToList());
        var difference = root.GetProperty("difference");
        Assert.AreEqual(root.GetProperty("b").GetProperty("accuracy").GetDouble() - root.GetProperty("a").GetProperty("accuracy").GetDouble(), difference.GetProperty("accuracy").GetDouble(), 1e-12);
        Assert.IsLessThan(difference.GetProperty("accuracyInterval").GetProperty("high").GetDouble(), difference.GetProperty("accuracyInterval").GetProperty("low").GetDouble());
    }

    [TestMethod]
    public void A_table_says_which_is_better_or_that_it_is_not_known()
    {
        var same = Tool.Run("compare", GeneratedApplication.Model, GeneratedApplication.Model, "--dataset", GeneratedApplication.Dataset).Must(0).Output;
        Assert.Contains("only A 0, only B 0", same);
        Assert.Contains("do not show which one is better; McNemar's exact test: p = 1.0000", same);
        Assert.Contains("recall B", same);
    }

    [TestMethod]
    public void Models_of_other_classes_are_refused_with_the_classes_that_differ()
    {
        var (folder, other) = Train("other", (path, count, size, seed) =>
        {
            Images.Dataset(path, count, size, seed);
            Directory.Move(Path.Combine(path, "blue"), Path.Combine(path, "azure"));
            return path;
        });
        using (folder)
        {
            var error = Tool.Run("compare", GeneratedApplication.Model, other, "--dataset", GeneratedApplication.Dataset).Must(1).Error;
            Assert.Contains("only the first has 'blue'; only the second has 'azure'", error);
        }
    }

    [TestMethod]
    public void Bad_images_end_it_or_are_left_out_and_listed()
    {
        using var folder = new TempFolder();
        Images.Dataset(folder["photos"], 2, seed: 5);
        Images.WriteCut(folder["photos", "red", "cut.png"]);
        Assert.Contains("--skip-bad-images", Tool.Run("compare", GeneratedApplication.Model, GeneratedApplication.Model, "--dataset", folder["photos"]).Must(1).Error);
        var result = Tool.Run("compare", GeneratedApplication.Model, GeneratedApplication.Model, "--dataset", folder["photos"], "--skip-bad-images").Must(0);
        Assert.Contains("cut.png", result.Error);
        Assert.Contains("6 images:", result.Output);
    }

    [TestMethod]
    public void The_median_is_the_middle()
    {
        Assert.AreEqual(2, LatencyComparison.Median([9, 1, 2]));
        Assert.AreEqual(3, LatencyComparison.Median([4, 100, 2, 1]));
    }

    private static (TempFolder Folder, string Model) Train(string name, Func<string, int, int, int, string> write)
    {
        var folder = new TempFolder();
        write(folder["data"], 4, 16, 9);
        Tool.Run(
            "train", "--dataset", folder["data"], "--output", folder["out"], "--name", name, "--epoch", "1", "--image-size", "16", "--batch-size", "4", "--device", "cpu").Must(0);
        return (folder, Directory.GetFiles(folder["out"], "*.zip", SearchOption.AllDirectories).Single());
    }
}
