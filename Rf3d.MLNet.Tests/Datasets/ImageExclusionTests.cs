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
