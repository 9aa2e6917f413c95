using System.Text;
using Microsoft.ML;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class ImageTableTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [FieldReport(9)]
    [DataRow("labels.csv", "filename,label\nimages/1.png,dog\nimages/2.png,cat\nimages/3.png,dog\n")]
    [DataRow("labels.csv", "label;image path\r\ndog;images/1.png\r\ncat;images/2.png\r\ndog;./images/3.png\r\n")]
    [DataRow("labels.tsv", "Category\tFile\ndog\timages/1.png\ncat\timages/2.png\ndog\timages/3.png")]
    [DataRow("labels.csv", "\"file\",\"x,y\",\"class\"\n\"images/1.png\",\"1,\n2\",\"dog\"\nimages/2.png,,cat\nimages/3.png,,dog\n")]
    [DataRow("labels.csv", "id,breed\n1,dog\n2,cat\n3,dog\n")]
    [DataRow("labels.csv", "file|label\nimages/1.png|dog\nimages/2.png|cat\nimages/3.png|dog\n")]
    [DataRow("labels.csv", "file,label\nimages/1.png,dog,,\nimages/2.png,cat\nimages/3.png,dog, \n")]
    [DataRow("images.csv", "id,breed\nimages\\1.png,dog\nimages\\2,cat\nimages/sub/../3.png,dog\n")]
    [DataRow("labels.jsonl", "{\"image\": \"images/1.png\", \"label\": \"dog\"}\n\n{\"label\": \"cat\", \"image\": \"images/2.png\"}\n{\"image\": \"images/3.png\", \"label\": \"dog\"}\n")]
    public void Files_and_labels_are_found_in_every_form(string table, string text)
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder[table], text);

        var view = _ml.Data.LoadImageTable(folder[table]);

        CollectionAssert.AreEqual(new[] { "cat", "dog" }, view.Classes.ToArray());
        CollectionAssert.AreEqual(new[] { folder["images", "2.png"], folder["images", "1.png"], folder["images", "3.png"] }, Rows.Paths(view).Select(Path.GetFullPath).ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2 }, Rows.Labels(view));
        Assert.HasCount(3, Rows.Pixels(view));
        Assert.IsEmpty(view.UnusedFiles);
        Assert.AreEqual((2, 1), (view.Split(0.5).Train.FileCount, view.Split(0.5).Validation.FileCount));
    }

    [TestMethod]
    public void Columns_are_given_by_name_where_names_do_not_tell()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["HAM.csv"], "lesion,photo,dx,label\nx,1,nv,a\ny,2,mel,a\n");

        var view = _ml.Data.LoadImageTable(folder["HAM.csv"], folder["images"], new() { PathColumn = "photo", LabelColumn = "dx" });

        CollectionAssert.AreEqual(new[] { "mel", "nv" }, view.Classes.ToArray());
        Assert.AreEqual((UnusedFileReason.NotInTable, ".png", 1), (view.UnusedFiles.Single().Reason, view.UnusedFiles.Single().Extension, view.UnusedFiles.Single().Count));
    }

    [TestMethod]
    [FieldReport(9)]
    [DataRow("a,b\n1,2\n", "'a', 'b'|PathColumn")]
    [DataRow("file,b,c\n1,2,3\n", "'file', 'b', 'c'|LabelColumn")]
    [DataRow("images/1.png,dog\nimages/2.png,cat\n", "line of headings")]
    [DataRow("file,label\nimages/1.png,dog\nimages/2.png\n", "line 3|1 of 2 columns")]
    [DataRow("file,label\nimages/1.png,dog\nimages/2.png,cat, black\n", "line 3|3 fields|2 headings|quotes")]
    [DataRow("label,file\ndog,images/1.png\ncat,my photo, 2.png\n", "line 3|3 fields|2 headings|quotes")]
    [DataRow("file,label\nimages/1.png,dog\n\nimages/2.png,\n", "line 4|no label")]
    [DataRow("file,label\n,dog\n", "line 2|no file")]
    [DataRow("file,label\nimages/1.png,dog\nimages/2.png,cat\n./images/1.png,cat\n", "line 4|'cat'|'dog'|line 2")]
    [DataRow("file,label\nimages/1.png,dog\nimages/7.png,cat\n", "1 files|line 3: 'images/7.png'")]
    [DataRow("file,label\nimages/1.png,dog\n\"images/2.png,cat\n", "line 3|quotes")]
    [DataRow("file,label\nimages/1.png,dog\nimages/\"2\".png,cat\n", "line 3|quotes")]
    [DataRow("", "is empty")]
    [DataRow("file,label\n", "no rows")]
    public void Errors_in_a_table_are_reported_with_file_and_line(string text, string parts)
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.csv"], text);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.csv"]));

        foreach (var part in parts.Split('|').Append("labels.csv"))
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    [DataRow("[1]\n", "line 1")]
    [DataRow("{\"image\": \"images/1.png\", \"label\": \"dog\"}\n{\"image\": \"images/2.png\"}\n", "line 2|'label'")]
    [DataRow("{\"image\": \"images/1.png\", \"label\": \"dog\"}\n{\"image\": ", "line 2")]
    [DataRow("{\"image\": \"images/1.png\", \"label\": [1]}\n", "line 1|neither")]
    public void Errors_in_a_line_of_JSON_are_reported(string text, string parts)
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.jsonl"], text);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.jsonl"]));

        foreach (var part in parts.Split('|').Append("labels.jsonl"))
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void Text_is_UTF8_or_UTF16_with_a_mark_and_nothing_else()
    {
        using var folder = new TempFolder();
        Write(folder);
        var table = folder["labels.csv"];
        const string Text = "file,label\nimages/1.png,Käse\nimages/2.png,Brot\n";
        foreach (var encoding in new[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(table, Text, encoding);
            CollectionAssert.AreEqual(new[] { "Brot", "Käse" }, _ml.Data.LoadImageTable(table).Classes.ToArray(), encoding.WebName);
        }
        File.WriteAllText(table, Text, Encoding.Latin1);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(table));
        StringAssert.Contains(error.Message, "line 2");
        StringAssert.Contains(error.Message, "UTF-8");
    }

    [TestMethod]
    public void Rows_given_twice_count_once_and_missing_files_can_be_skipped()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\nimages/1.png,dog\nimages/2.png,cat\nimages/3.png,cat\nimages/9.png,cat\n");

        var view = _ml.Data.LoadImageTable(folder["labels.csv"], options: new() { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 0.5 });

        Assert.HasCount(3, Rows.Labels(view));
        StringAssert.EndsWith(view.SkippedImages.Single().Path, "9.png");
        Assert.AreEqual((UnusedFileReason.RepeatedRow, 1), (view.UnusedFiles.Single().Reason, view.UnusedFiles.Single().Count));
    }

    [TestMethod]
    public void A_name_that_no_file_can_have_is_a_missing_file()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.csv"], $"file,label\nimages/1.png,dog\nimages/2.png,cat\n{new string('a', 300)}.png,cat\n");

        var view = _ml.Data.LoadImageTable(folder["labels.csv"], options: new() { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 0.9 });

        Assert.HasCount(2, Rows.Labels(view));
        Assert.HasCount(1, view.SkippedImages);
    }

    [TestMethod]
    public void The_error_for_missing_files_names_the_options_that_leave_their_rows_out()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\nimages/7.png,cat\n");
        StringAssert.Contains(Message(new()), "leave such rows out: OnBadImage = BadImageAction.Skip in code");
        StringAssert.Contains(Message(new() { OnBadImage = BadImageAction.Skip, OnMissingFile = BadImageAction.Fail }), "leave such rows out: OnMissingFile = BadImageAction.Skip in code");
        StringAssert.Contains(Message(new() { OnMissingFile = BadImageAction.Fail }), "OnMissingFile = BadImageAction.Skip and OnBadImage = BadImageAction.Skip in code");

        // If there is none, no option helps.
        File.WriteAllText(folder["labels.csv"], "file,label\nimages/7.png,cat\nimages/8.png,dog\n");
        var message = Message(new() { OnBadImage = BadImageAction.Skip });
        StringAssert.Contains(message, "Name the folder of the images");
        Assert.DoesNotContain("Skip", message);

        string Message(ImageTableOptions options) => Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.csv"], options: options)).Message;
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_file_and_a_link_to_it_are_one_image()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.CreateSymbolicLink(folder["images", "link.png"], folder["images", "1.png"]);

        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\nimages/link.png,cat\n");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.csv"]));
        StringAssert.Contains(error.Message, "line 3: 'images/link.png' has the label 'cat', and 'dog' in line 2 as 'images/1.png'");

        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\nimages/link.png,dog\nimages/2.png,cat\nimages/3.png,cat\n");
        var view = _ml.Data.LoadImageTable(folder["labels.csv"]);
        Assert.AreEqual(3, view.FileCount);
        Assert.AreEqual((UnusedFileReason.RepeatedRow, 1), (view.UnusedFiles.Single().Reason, view.UnusedFiles.Single().Count));

        File.WriteAllText(folder["labels.csv"], "file,label\nimages/link.png,dog\nimages/2.png,cat\nimages/3.png,cat\n");
        Assert.IsEmpty(_ml.Data.LoadImageTable(folder["labels.csv"]).UnusedFiles);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows | OperatingSystems.OSX)]
    public void A_file_is_the_same_in_upper_and_lower_case_where_the_system_says_so()
    {
        using var folder = new TempFolder();
        Write(folder);

        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\nImages/1.PNG,cat\n");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.csv"]));
        StringAssert.Contains(error.Message, "An image has one label");

        File.WriteAllText(folder["labels.csv"], "file,label\nIMAGES/1.PNG,dog\nimages/2.png,cat\nimages/3.png,cat\n");
        Assert.IsEmpty(_ml.Data.LoadImageTable(folder["labels.csv"]).UnusedFiles);
    }

    [TestMethod]
    public void A_table_may_name_files_anywhere()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder.New("tables", "labels.csv"), $"file,label\n../images/1.png,dog\n{folder["images", "2.png"]},cat\n");

        CollectionAssert.AreEqual(
            new[] { folder["images", "2.png"], folder["images", "1.png"] }, Rows.Paths(_ml.Data.LoadImageTable(folder["tables", "labels.csv"])).ToArray());
    }

    [TestMethod]
    public void Classes_of_a_model_keep_their_keys_and_others_are_an_error()
    {
        using var folder = new TempFolder();
        Write(folder);
        File.WriteAllText(folder["labels.csv"], "file,label\nimages/1.png,dog\n");

        CollectionAssert.AreEqual(new uint[] { 3 }, Rows.Labels(_ml.Data.LoadImageTable(folder["labels.csv"], options: new() { Classes = ["ant", "cat", "dog"] })));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageTable(folder["labels.csv"], options: new() { Classes = ["ant", "cat"] }));
        StringAssert.Contains(error.Message, "line 2");
        StringAssert.Contains(error.Message, "'dog'");
    }

    [TestMethod]
    public void Tables_and_folders_that_are_missing_are_named()
    {
        using var folder = new TempFolder();
        StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadImageTable(folder["no.csv"])).Message, "no.csv");
        File.WriteAllText(folder["labels.csv"], "file,label\n1,dog\n");
        StringAssert.Contains(Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadImageTable(folder["labels.csv"], folder["nowhere"])).Message, "nowhere");
    }

    private static void Write(TempFolder folder)
    {
        for (var i = 1; i <= 3; i++)
            Image(folder["images", $"{i}.png"], width: 4, height: 4);
    }
}
