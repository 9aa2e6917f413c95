using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Files in a data set that are not used are counted.</summary>
[TestClass]
public sealed partial class UnusedFilesTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [FieldReport(5, 29)]
    public void Files_are_counted_by_reason_and_extension_with_an_example()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        File.WriteAllText(folder["a", "1.TXT"], "");
        File.WriteAllText(folder["a", "2.txt"], "");
        File.WriteAllText(folder["a", "3.xml"], "");
        File.WriteAllText(folder["a", "._1.jpg"], "");
        Image(folder["a", ".cache", "1.jpg"]);
        Image(folder["__MACOSX", "a", "1.jpg"]);
        Image(folder["loose.jpg"]);

        var view = _ml.Data.LoadImageFolder(folder.Path);

        CollectionAssert.AreEqual(new[] { "a" }, view.Classes.ToArray());
        Assert.AreEqual(1, view.FileCount);
        CollectionAssert.AreEqual(
            new[]
            {
                (UnusedFileReason.NotAnImage, ".txt", 2), (UnusedFileReason.NotAnImage, ".xml", 1), (UnusedFileReason.HiddenFile, ".jpg", 1),
                (UnusedFileReason.HiddenFolder, "", 2), (UnusedFileReason.OutsideClassFolders, ".jpg", 1),
            },
            view.UnusedFiles.Select(files => (files.Reason, files.Extension, files.Count)).ToArray());
        Assert.AreEqual($"1 .xml file that is not an image: '{folder["a", "3.xml"]}'", view.UnusedFiles[1].ToString());
        Assert.HasCount(5, view.UnusedFiles.Select(files => files.ToString()).Distinct());
    }

    [TestMethod]
    public void Numbers_after_a_dot_are_one_group()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        for (var i = 0; i < 12; i++)
            File.WriteAllText(folder["a", $"frame.{i:000}"], "");

        var unused = _ml.Data.LoadImageFolder(folder.Path).UnusedFiles.Single();

        Assert.AreEqual((UnusedFileReason.NotAnImage, "", 12), (unused.Reason, unused.Extension, unused.Count));
    }

    [TestMethod]
    [FieldReport(14)]
    [OSCondition(OperatingSystems.Linux)]
    [Timeout(20_000)]
    public void Pipes_and_sockets_named_like_images_are_named_and_never_opened()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        File.WriteAllBytes(folder["a", "empty.jpg"], []);
        Assert.AreEqual(0, MakePipe(folder["a", "pipe.jpg"], 0x1B6));
        File.CreateSymbolicLink(folder["a", "link.jpg"], folder["a", "pipe.jpg"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["a", "socket.png"]));

        var view = _ml.Data.LoadImageFolder(folder.Path);

        Assert.AreEqual(2, view.FileCount);
        CollectionAssert.AreEqual(
            new[] { (UnusedFileReason.NotARegularFile, ".jpg", 2), (UnusedFileReason.NotARegularFile, ".png", 1) },
            view.UnusedFiles.Select(files => (files.Reason, files.Extension, files.Count)).ToArray());
        var finder = new ImageFileFinder();
        Assert.HasCount(2, finder.Find(folder.Path).ToList());
        Assert.AreEqual(3, finder.UnusedFiles.Sum(files => files.Count));
    }

    [TestMethod]
    [FieldReport(23)]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow("a", "..")]
    [DataRow("a", "../..")]
    [DataRow("a", "../b")]
    [DataRow("a", ".")]
    [DataRow("", "a")]
    [DataRow("", "..")]
    public void A_link_that_leads_back_is_counted_and_not_followed(string place, string target)
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "a", "b" })
        {
            Image(folder["data", name, "1.jpg"]);
            Image(folder["data", name, "deep", "2.jpg"]);
        }
        Directory.CreateSymbolicLink(folder["data", place, "up"], target);

        var view = _ml.Data.LoadImageFolder(folder["data"]);

        CollectionAssert.AreEqual(new[] { "a", "b" }, view.Classes.ToArray());
        Assert.AreEqual(4, view.FileCount);
        Assert.AreEqual((UnusedFileReason.RepeatedLink, 1), (view.UnusedFiles.Single().Reason, view.UnusedFiles.Single().Count));
        Assert.HasCount(4, new ImageFileFinder().Find(folder["data"]).ToList());
    }

    [TestMethod]
    [FieldReport(23)]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Links_to_files_and_folders_elsewhere_are_images_and_each_file_counts_once()
    {
        using var folder = new TempFolder();
        Image(folder["pool", "1.jpg"]);
        Image(folder["pool", "2.jpg"]);
        Image(folder["more", "3.jpg"]);
        Image(folder["rest", "4.jpg"]);
        Image(folder["rest", "5.jpg"]);
        Directory.CreateSymbolicLink(folder["more", "back"], folder["more"]);
        Directory.CreateDirectory(folder["data", "a"]);
        Directory.CreateDirectory(folder["data", "b"]);
        File.CreateSymbolicLink(folder["data", "a", "x.jpg"], folder["pool", "1.jpg"]);
        File.CreateSymbolicLink(folder["data", "a", "y.jpg"], folder["data", "a", "x.jpg"]);
        File.CreateSymbolicLink(folder["data", "b", "x.jpg"], folder["pool", "2.jpg"]);
        Directory.CreateSymbolicLink(folder["data", "b", "linked"], folder["more"]);
        Directory.CreateSymbolicLink(folder["data", "c"], folder["rest"]);
        File.CreateSymbolicLink(folder["rest", "0.jpg"], folder["rest", "4.jpg"]);

        var view = _ml.Data.LoadImageFolder(folder["data"]);

        CollectionAssert.AreEqual(
            new[] { "a/x.jpg", "b/linked/3.jpg", "b/x.jpg", "c/4.jpg", "c/5.jpg" }, Rows.Paths(view).Select(path => Path.GetRelativePath(folder["data"], path)).ToArray());
        Assert.AreEqual(3, view.UnusedFiles.Where(files => files.Reason == UnusedFileReason.RepeatedLink).Sum(files => files.Count));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow("dog/x.jpg", "data/cat/1.jpg", "data/cat/1.jpg")]
    [DataRow("ant/x.jpg", "data/cat/1.jpg", "data/cat/1.jpg")]
    [DataRow("dog/x.jpg", "data/cat/2.jpg", "data/cat/2.jpg")]
    [DataRow("dog/x.jpg", "pool/2.jpg", "data/cat/2.jpg")]
    [DataRow("dog/more", "pool", "data/cat/2.jpg")]
    public void A_file_that_a_link_puts_into_a_second_class_is_an_error_with_both_places(string link, string target, string place)
    {
        using var folder = new TempFolder();
        Image(folder["pool", "2.jpg"]);
        foreach (var name in new[] { "ant", "cat", "dog" })
            Image(folder["data", name, "1.jpg"]);
        File.CreateSymbolicLink(folder["data", "cat", "2.jpg"], folder["pool", "2.jpg"]);
        File.CreateSymbolicLink(folder["data", link], folder[target]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder["data"]));

        foreach (var part in new[] { $"'{folder["data", link]}", $"'{folder[place]}'", "one label" })
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_class_whose_images_are_repeated_links_alone_is_an_error_that_names_them()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        Directory.CreateDirectory(folder["b"]);
        Directory.CreateSymbolicLink(folder["b", "again"], folder["a"]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path));

        StringAssert.Contains(error.Message, "without images: b.");
        StringAssert.Contains(error.Message, folder["b", "again"]);
    }

    [TestMethod]
    public void A_folder_that_is_no_link_is_not_a_repeated_one()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["a"]);
        Assert.IsFalse(new FolderWalk(folder.Path).IsRepeated(folder["a"]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_pipe_that_a_table_names_counts_once()
    {
        using var folder = new TempFolder();
        Image(folder["a.jpg"]);
        Assert.AreEqual(0, MakePipe(folder["pipe.jpg"], 0x1B6));
        File.WriteAllText(folder["labels.csv"], "file,label\na.jpg,a\npipe.jpg,b\n");

        var unused = _ml.Data.LoadImageTable(folder["labels.csv"]).UnusedFiles.Single();

        Assert.AreEqual((UnusedFileReason.NotARegularFile, 1), (unused.Reason, unused.Count));
    }

    [TestMethod]
    public void The_parts_of_a_split_and_of_a_folder_of_splits_count_once()
    {
        using var folder = new TempFolder();
        foreach (var part in new[] { "train", "val" })
        {
            Image(folder[part, "a", "1.jpg"]);
            File.WriteAllText(folder[part, "a", "1.xml"], "");
        }
        Image(folder["holdout", "a", "1.jpg"]);
        File.WriteAllText(folder["README.md"], "");

        var unused = _ml.Data.LoadImageFolderSplits(folder.Path).UnusedFiles;

        CollectionAssert.AreEqual(
            new[] { (UnusedFileReason.NotAnImage, ".xml", 2), (UnusedFileReason.OutsideClassFolders, ".md", 1), (UnusedFileReason.OutsideSplits, "", 1) },
            unused.Select(files => (files.Reason, files.Extension, files.Count)).ToArray());
        StringAssert.Contains(unused[2].Example, "holdout");
    }

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    private static extern int MakePipe([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
