using Microsoft.ML;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class ImageFolderLayoutTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [FieldReport(4)]
    [DataRow("training_set", "test_set")]
    [DataRow("Training", "Testing")]
    [DataRow("seg_train", "seg_test")]
    [DataRow("train", "Test")]
    [DataRow("train_images", "TEST-IMAGES")]
    public void Training_and_test_folders_are_known_by_their_names(string train, string test)
    {
        using var folder = new TempFolder();
        WriteClasses(folder, train, 10);
        WriteClasses(folder, test, 2);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        CollectionAssert.AreEqual(new[] { "a", "b" }, split.Classes.ToArray());
        Assert.AreEqual((16, 4, 4), (split.Train.FileCount, split.Validation.FileCount, split.Test!.FileCount));
        Assert.IsTrue(Rows.Paths(split.Validation).All(path => path.StartsWith(folder[train], StringComparison.Ordinal)));
        Assert.IsTrue(Rows.Paths(split.Test).All(path => path.StartsWith(folder[test], StringComparison.Ordinal)));
        Assert.AreEqual(folder[test], ImageFolderLayout.Find(folder.Path).TestFolder);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path)).Message, "LoadImageFolderSplits");
    }

    [TestMethod]
    [FieldReport(4)]
    [DataRow("val")]
    [DataRow("Valid")]
    [DataRow("VALIDATION")]
    [DataRow("validation_set")]
    public void Validation_folders_are_known_by_their_names(string validation)
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "train", 2);
        WriteClasses(folder, validation, 1);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        Assert.AreEqual((4, 2), (split.Train.FileCount, split.Validation.FileCount));
        Assert.IsNull(split.Test);
        Assert.IsNull(ImageFolderLayout.Find(folder.Path).TestFolder);
    }

    [TestMethod]
    [FieldReport(29)]
    [DataRow("archive")]
    [DataRow("archive/inner/data")]
    public void An_only_folder_is_stepped_into(string inner)
    {
        using var folder = new TempFolder();
        WriteClasses(folder, inner, 2);
        File.WriteAllText(folder["README.md"], "");
        Image(folder["__MACOSX", "a", "1.jpg"]);

        var view = _ml.Data.LoadImageFolder(folder.Path);

        Assert.AreEqual(folder[inner.Split('/')], view.Folder);
        Assert.AreEqual(4, view.FileCount);
        CollectionAssert.AreEqual(
            new[] { UnusedFileReason.HiddenFolder, UnusedFileReason.OutsideClassFolders }, view.UnusedFiles.Select(files => files.Reason).ToArray());
    }

    [TestMethod]
    public void Parts_may_lie_too_deep_and_so_may_their_classes()
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "archive/seg_train/seg_train", 5);
        WriteClasses(folder, "archive/seg_test/seg_test", 1);
        Image(folder["archive", "seg_pred", "1.jpg"]);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        Assert.AreEqual((8, 2, 2), (split.Train.FileCount, split.Validation.FileCount, split.Test!.FileCount));
        StringAssert.EndsWith(split.UnusedFiles.Single().Example, "seg_pred");
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("val")]
    [DataRow("test")]
    public void An_image_beside_the_class_folders_of_a_part_is_counted_and_the_part_is_used(string part)
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "train", 3);
        WriteClasses(folder, "val", 2);
        WriteClasses(folder, "test", 1);
        Image(folder[part, "overview.jpg"]);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        Assert.AreEqual((6, 4, 2), (split.Train.FileCount, split.Validation.FileCount, split.Test!.FileCount));
        var unused = split.UnusedFiles.Single();
        Assert.AreEqual((UnusedFileReason.OutsideClassFolders, 1, folder[part, "overview.jpg"]), (unused.Reason, unused.Count, unused.Example));
    }

    [TestMethod]
    public void Test_images_without_classes_are_no_part_even_with_other_folders_among_them()
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "train", 2);
        WriteClasses(folder, "val", 1);
        Image(folder["test", "1.png"]);
        Image(folder["test", "thumbnails", "1.png"]);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        Assert.IsNull(split.Test);
        Assert.AreEqual(folder["test"], split.UnusedFiles.Single().Example);
    }

    [TestMethod]
    public void A_training_folder_with_images_beside_its_folders_needs_another_part_with_the_same_folders()
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "train", 2);
        Image(folder["train", "overview.jpg"]);
        Image(folder["test", "1.jpg"]);

        Assert.IsNull(ImageFolderLayout.Find(folder.Path).TrainFolder);
        StringAssert.Contains(Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadImageFolderSplits(folder.Path)).Message, "no images beside these");
    }

    [TestMethod]
    public void A_separator_at_the_end_of_a_folder_makes_no_difference()
    {
        using var folder = new TempFolder();
        WriteClasses(folder, "data", 2);
        var path = folder["data"] + Path.DirectorySeparatorChar;
        List<string> messages = [];
        _ml.Log += (_, log) => messages.Add(log.Message);

        Assert.AreEqual(folder["data"], _ml.Data.LoadImageFolder(path).Folder);
        Assert.AreEqual(folder["data"], ImageFolderLayout.Find(path).Folder);
        Assert.IsFalse(messages.Exists(message => message.Contains("only folder", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_class_named_train_with_images_and_folders_is_a_class()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "bus", "car", "train" })
        {
            Image(folder[name, "1.jpg"]);
            Image(folder[name, "old", "2.jpg"]);
        }

        Assert.IsNull(ImageFolderLayout.Find(folder.Path).TrainFolder);
        CollectionAssert.AreEqual(new[] { "bus", "car", "train" }, _ml.Data.LoadImageFolder(folder.Path).Classes.ToArray());
    }

    [TestMethod]
    public void A_class_named_train_is_a_class()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "bus", "car", "train" })
            Image(folder[name, "1.jpg"]);

        Assert.IsNull(ImageFolderLayout.Find(folder.Path).TrainFolder);
        CollectionAssert.AreEqual(new[] { "bus", "car", "train" }, _ml.Data.LoadImageFolder(folder.Path).Classes.ToArray());
    }

    [TestMethod]
    public void The_only_folder_of_a_test_set_that_is_a_class_of_the_model_is_that_class()
    {
        using var folder = new TempFolder();
        Image(folder["b", "indoor", "1.jpg"]);
        Image(folder["b", "outdoor", "1.jpg"]);

        var view = _ml.Data.LoadImageFolder(folder.Path, new() { Classes = ["a", "b"] });

        CollectionAssert.AreEqual(new uint[] { 2, 2 }, Rows.Labels(view));
    }

    private static void WriteClasses(TempFolder folder, string inner, int count)
    {
        foreach (var name in new[] { "a", "b" })
        {
            for (var i = 0; i < count; i++)
                Image(folder[[.. inner.Split('/'), name, $"{i}.png"]], width: 4, height: 4);
        }
    }
}
