using System.Text.Json;
using System.Xml.Linq;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary><c>rf3d audit</c>, and trainings that leave out the images that it found.</summary>
[TestClass]
public class AuditTests
{
    private static readonly TempFolder Folder = new();
    private static Tool.Result _result = null!;

    private static string Dataset => Folder["data"];

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        Images.Dataset(Path.Combine(Dataset, "train"), 12, size: 32);
        Images.Dataset(Path.Combine(Dataset, "test"), 4, size: 32, seed: 2);
        // A red image among the blue ones, a test image that is learned from, the same picture twice, and a file that ends half-way.
        Images.Write(Path.Combine(Dataset, "train", "blue", "wrong.png"), SKColors.Red, 32, 32, 77);
        File.Copy(Path.Combine(Dataset, "test", "green", "001.png"), Path.Combine(Dataset, "train", "green", "leak.png"));
        File.Copy(Path.Combine(Dataset, "train", "green", "003.png"), Path.Combine(Dataset, "train", "green", "twice.png"));
        Images.WriteCut(Path.Combine(Dataset, "train", "red", "cut.png"));
        _result = Audit("audit.html", Dataset).Must(0);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void The_table_has_a_row_for_each_finding_and_marks_the_images_to_leave_out()
    {
        var rows = File.ReadAllLines(Folder["audit.csv"]);
        Assert.AreEqual("path,split,label,finding,score,suggested_label,suggested_probability,group,proposal,exclude", rows[0].TrimStart('\uFEFF'));
        Assert.StartsWith("train/blue/wrong.png,training,blue,label in doubt,", rows[1]);
        Assert.Contains(",red,", rows[1]);
        Assert.EndsWith(",check label,no", rows[1]);
        Assert.Contains("test/green/001.png,test,green,duplicate across splits,1,,,2,keep,no", rows);
        Assert.Contains("train/green/leak.png,training,green,duplicate across splits,1,,,2,remove duplicate,yes", rows);
        Assert.IsTrue(rows.Any(row => row.StartsWith("train/green/twice.png,training,green,duplicate,1,,,", StringComparison.Ordinal) && row.EndsWith(",remove duplicate,yes", StringComparison.Ordinal)));
        Assert.Contains("train/red/cut.png,training,,unreadable,1,,,,replace or remove file,yes", rows);
    }

    [TestMethod]
    public void The_page_shows_them_and_the_output_counts_them()
    {
        var page = XDocument.Load(Folder["audit.html"]);
        var text = page.Root!.Value;
        foreach (var part in new[] { "Of 51 images in 3 classes", "train/blue/wrong.png", "equal in every pixel", "train/red/cut.png", "--exclude audit.csv" })
            Assert.Contains(part, text);
        Assert.IsGreaterThan(4, page.Descendants(Html.Xhtml + "img").Count(image => image.Attribute("src")!.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal)));
        Assert.Contains("51 images of 3 classes", _result.Output);
        Assert.Contains("Nothing was deleted", _result.Output);
        Assert.Contains("unreadable", _result.Output);
        Assert.Contains("Cross-validating the labels", _result.Error);
    }

    [TestMethod]
    public void A_training_leaves_out_the_images_that_the_table_names_and_lists_the_missing_ones()
    {
        using var folder = new TempFolder();
        File.WriteAllLines(folder["mine.csv"], [.. File.ReadAllLines(Folder["audit.csv"]), "train/red/gone.png,training,red,dark,1,,,,look at image,yes"]);
        string[] training = ["--dataset", Dataset, "--exclude", folder["mine.csv"], "--name", "Kept", "--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu"];
        // Without it, the file that cannot be read would end the training.
        var output = Tool.Run(["train", .. training, "--output", folder["out"]]).Must(0).Output;
        var removed = File.ReadAllLines(folder["mine.csv"]).Count(row => row.EndsWith(",yes", StringComparison.Ordinal)) - 1;
        Assert.Contains($"{removed} images are left out, as '{folder["mine.csv"]}' says.", output);
        Assert.Contains($"warning: '{Path.Combine(Dataset, "train", "red", "gone.png")}'", output);
        Assert.IsTrue(File.Exists(Path.Combine(Dataset, "train", "red", "cut.png")));

        Tool.Run(["image-classification", .. training, "--no-report", "--output", folder["apps"]]).Must(0);
        foreach (var file in new[] { "Kept.training.cs", "Kept.evaluate.cs" })
            Assert.Contains($".Without(ImageExclusionTable.Read(\"{folder["mine.csv"]}\", \"{Dataset}\"))", File.ReadAllText(folder["apps", "Kept", file]));
    }

    [TestMethod]
    public void A_table_that_leaves_nothing_or_cannot_be_read_is_an_error()
    {
        using var folder = new TempFolder();
        File.WriteAllLines(folder["all.csv"], Directory.GetFiles(Path.Combine(Dataset, "train"), "*", SearchOption.AllDirectories).Prepend("path"));
        string[] training = ["train", "--dataset", Dataset, "--output", folder["out"], "--epoch", "1"];
        Assert.Contains("leaves out all 40 images", Tool.Run([.. training, "--exclude", folder["all.csv"]]).Must(1).Error);
        Assert.Contains("none.csv", Tool.Run([.. training, "--exclude", folder["none.csv"]]).Must(1).Error);
    }

    [TestMethod]
    public void Counts_are_printed_as_json()
    {
        using var json = JsonDocument.Parse(Audit("json.html", Dataset, "--json", "--max-listed", "0").Must(0).Output);
        Assert.AreEqual(51, json.RootElement.GetProperty("images").GetInt32());
        Assert.AreEqual(1, json.RootElement.GetProperty("findings").GetProperty("unreadable").GetInt32());
        Assert.DoesNotContain("<img", File.ReadAllText(Folder["json.html"]));
    }

    [TestMethod]
    public void Bad_input_is_named_and_nothing_is_written()
    {
        using var folder = new TempFolder();
        var page = folder["page.html"];
        File.WriteAllText(folder["page.csv"], "mine");
        Assert.Contains("--force", Run(Dataset, "--output", page).Must(1).Error);
        Assert.AreEqual("mine", File.ReadAllText(folder["page.csv"]));
        Assert.Contains("'nowhere'", Run("nowhere", "--output", folder["a.html"]).Must(1).Error);
        Assert.Contains("none.onnx", Run(Dataset, "--output", folder["a.html"], "--pretrained", "none.onnx").Must(1).Error);
        Assert.Contains("--folds is 1", Run(Dataset, "--folds", "1").Must(2).Error);
        Assert.Contains("name of the table", Run(Dataset, "--output", folder["a.csv"]).Must(1).Error);
        Assert.Contains("There is no folder", Run(Dataset, "--output", folder["none", "a.html"]).Must(1).Error);
        CollectionAssert.AreEqual(new[] { folder["page.csv"] }, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void The_table_with_the_labels_is_not_replaced_by_that_of_the_audit()
    {
        using var folder = new TempFolder();
        Images.Write(folder["images", "a.png"], SKColors.Red);
        Images.Write(folder["images", "b.png"], SKColors.Blue);
        const string Labels = "file,label\nimages/a.png,red\nimages/b.png,blue\n";
        var table = folder["labels.csv"];
        File.WriteAllText(table, Labels);
        string[][] dataSets = [[table], [folder.Path], [folder.Path, "--labels", table]];
        foreach (var dataSet in dataSets)
        {
            Assert.Contains("is the table with the labels", Run([.. dataSet, "--output", folder["labels.html"], "--force"]).Must(1).Error);
            var error = Run([.. dataSet, "--output", folder["labels.html"]]).Must(1).Error;
            Assert.DoesNotContain("--force", error);
        }
        Assert.AreEqual(Labels, File.ReadAllText(table));
        Assert.IsFalse(File.Exists(folder["labels.html"]));
    }

    private static Tool.Result Audit(string page, string dataset, params string[] arguments) => Run([dataset, "--output", Folder[page], .. arguments]);

    private static Tool.Result Run(params string[] arguments) =>
        Tool.Run(["audit", .. arguments.Contains("--pretrained") ? [] : new[] { "--pretrained", GeneratedApplication.Onnx }, "--image-size", "32", "--device", "cpu", .. arguments]);
}
