using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Files that a table leaves out.</summary>
[TestClass]
public sealed class ImageExclusionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("path,label,exclude\na/1.png,a,yes\na/2.png,a,no\nb/1.png,b,TRUE\nb/2.png,b,\n")]
    [DataRow("exclude;file\r\nx;a/1.png\r\n0;a/2.png\r\n1;b/1.png\r\nno;b/2.png\r\n")]
    [DataRow("path\na/1.png\nb\\1.png\na/1.png\n")]
    [DataRow("\"path\",\"exclude\"\n\" a/1.png \",yes\na/../b/1.png,yes\n")]
    public void Rows_that_exclude_are_read_in_every_form(string text)
    {
        Write();
        File.WriteAllText(_folder["table.csv"], text);
        CollectionAssert.AreEqual(new[] { _folder["a", "1.png"], _folder["b", "1.png"] }, ImageExclusionTable.Read(_folder["table.csv"], _folder.Path).ToArray());
    }

    [TestMethod]
    public void A_view_without_them_has_the_other_images_and_all_classes()
    {
        Write();
        var view = new MLContext(1).Data.LoadImageFolder(_folder.Path);
        CollectionAssert.AreEqual(new[] { _folder["a", "1.png"], _folder["a", "2.png"], _folder["b", "1.png"], _folder["b", "2.png"] }, view.Paths.ToArray());
        var without = view.Without([_folder["b", "1.png"], _folder["b", "2.png"], _folder["none.png"]]);
        CollectionAssert.AreEqual(new[] { _folder["a", "1.png"], _folder["a", "2.png"] }, Rows.Paths(without));
        CollectionAssert.AreEqual(new[] { "a", "b" }, without.Classes.ToArray());
        Assert.AreEqual(4, view.FileCount);
        Assert.IsTrue(File.Exists(_folder["b", "1.png"]));
    }

    [TestMethod]
    public void Files_below_the_class_folder_are_left_out_by_any_full_path()
    {
        Write();
        var file = _folder.New("a", "deep", "3.png");
        SmallTask.WritePng(file, [1, 2, 3], 4, 4);
        File.WriteAllText(_folder["table.csv"], "path\na/deep/3.png\n");
        var view = new MLContext(1).Data.LoadImageFolder(_folder.Path);

        CollectionAssert.Contains(view.Paths.ToList(), file);
        CollectionAssert.Contains(Rows.Paths(view), file);
        CollectionAssert.Contains(new ImageFileFinder().Find(_folder.Path).ToList(), file);
        Assert.AreEqual(4, view.Without(ImageExclusionTable.Read(_folder["table.csv"], _folder.Path)).FileCount);
        Assert.AreEqual(4, view.Without([_folder["b", "..", "a", "deep", "3.png"], "3.png", ""]).FileCount);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows | OperatingSystems.OSX)]
    public void Upper_and_lower_case_are_the_same_where_they_are_for_the_system()
    {
        Write();
        var view = new MLContext(1).Data.LoadImageFolder(_folder.Path);
        Assert.AreEqual(3, view.Without([_folder["A", "1.PNG"]]).FileCount);
    }

    [TestMethod]
    public void The_apostrophe_before_a_name_like_a_formula_is_removed()
    {
        Directory.CreateDirectory(_folder["=1"]);
        File.WriteAllText(_folder["table.csv"], "path,exclude\n'=1/a.png,yes\n");
        SmallTask.WritePng(_folder["=1", "a.png"], [1, 2, 3], 4, 4);
        CollectionAssert.AreEqual(new[] { _folder["=1", "a.png"] }, ImageExclusionTable.Read(_folder["table.csv"], _folder.Path).ToArray());
    }

    [TestMethod]
    [DataRow("path,exclude\na/1.png,maybe\n", "line 2", "maybe")]
    [DataRow("colour,exclude\na/1.png,yes\n", "'colour'", "path")]
    [DataRow("path,exclude\n,yes\n", "line 2", "no file")]
    [DataRow("path,exclude\na/1.png\n", "line 2", "1 of 2 columns")]
    [DataRow("path,exclude\na/1, copy.png,yes\n", "line 2", "3 fields")]
    [DataRow("", "empty", "table.csv")]
    public void Bad_tables_are_named_with_file_and_line(string text, string one, string other)
    {
        File.WriteAllText(_folder["table.csv"], text);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ImageExclusionTable.Read(_folder["table.csv"], _folder.Path)).Message;
        Assert.Contains(_folder["table.csv"], error);
        Assert.Contains(one, error);
        Assert.Contains(other, error);
        Assert.ThrowsExactly<FileNotFoundException>(() => ImageExclusionTable.Read(_folder["none.csv"], _folder.Path));
    }

    private void Write()
    {
        foreach (var name in new[] { "a", "b" })
        {
            for (var i = 1; i <= 2; i++)
                SmallTask.WritePng(_folder.New(name, $"{i}.png"), [(byte)(40 * i), 2, 3], 4, 4);
        }
    }
}
