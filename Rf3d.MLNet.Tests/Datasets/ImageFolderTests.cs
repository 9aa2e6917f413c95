using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class ImageFolderTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Rows_are_sorted_by_class_and_path_and_nested_folders_count()
    {
        using var folder = new TempFolder();
        var paths = new[]
        {
            Image(folder["B", "z.jpg"]), Image(folder["a", "10.PNG"]), Image(folder["a", "9.jpeg"]), Image(folder["a", "sub", "deep", "1.webp"]),
        };
        File.WriteAllText(folder["a", "notes.txt"], "no image");
        File.WriteAllText(folder["a", "._9.jpeg"], "no image");
        Image(folder[".hidden", "1.png"]);
        Image(folder["loose.png"]);

        var view = _ml.Data.LoadImageFolder(folder.Path);

        CollectionAssert.AreEqual(paths, Rows.Paths(view));
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2, 2 }, Rows.Labels(view));
        CollectionAssert.AreEqual(new[] { "B", "a" }, Rows.KeyNames(view));
        CollectionAssert.AreEqual(new[] { "B", "a" }, view.Classes.ToArray());
        Assert.AreEqual(4, view.GetRowCount());
        Assert.AreEqual(4, view.FileCount);
        Assert.AreEqual(new ImageDataViewType(), view.Schema["Image"].Type);
    }

    [TestMethod]
    public void All_formats_decode_to_the_pixels_of_MLImage()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        Image(folder["a", "2.png"], width: 5, height: 40);
        Image(folder["a", "3.webp"]);
        Gif(folder["a", "4.gif"]);
        Bmp(folder["a", "5.bmp"]);
        var view = _ml.Data.LoadImageFolder(folder.Path);

        var pixels = Rows.Pixels(view);

        var paths = Rows.Paths(view);
        Assert.HasCount(5, pixels);
        for (var i = 0; i < paths.Count; i++)
        {
            using var expected = MLImage.CreateFromFile(paths[i]);
            CollectionAssert.AreEqual(expected.Pixels.ToArray(), pixels[i], paths[i]);
        }
        CollectionAssert.AreEqual(new byte[] { 0, 0, 255, 255 }, pixels[4]);
    }

    [TestMethod]
    [DataRow(BadImageAction.Fail)]
    [DataRow(BadImageAction.Skip)]
    public void An_image_that_is_asked_for_twice_is_there_twice(BadImageAction onBadImage)
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.png"]);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = onBadImage });
        using var cursor = view.GetRowCursor([view.Schema["Image"]]);
        var getImage = cursor.GetGetter<MLImage>(view.Schema["Image"]);
        Assert.IsTrue(cursor.MoveNext());

        MLImage? first = null, second = null;
        getImage(ref first!);
        getImage(ref second!);

        Assert.AreNotSame(first, second);
        var pixels = first.Pixels.ToArray();
        first.Dispose();
        CollectionAssert.AreEqual(pixels, second.Pixels.ToArray());
        second.Dispose();
    }

    [TestMethod]
    public void Files_are_opened_only_where_the_image_is_asked_for()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.New("a", "1.jpg"), "no image");
        var view = _ml.Data.LoadImageFolder(folder.Path);

        Assert.HasCount(1, Rows.Labels(view));
        Assert.HasCount(1, Rows.Paths(view));
        Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));
    }

    [TestMethod]
    public void Images_of_any_size_are_resized_and_extracted()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.png"], width: 10, height: 50);
        Image(folder["b", "2.jpg"], width: 60, height: 20);
        var view = _ml.Data.LoadImageFolder(folder.Path);
        var pipeline = _ml.Transforms.ResizeImages("Image", 8, 8).Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));

        var rows = pipeline.Fit(view).Transform(view).GetColumn<float[]>("Pixels").ToList();

        Assert.HasCount(2, rows);
        Assert.HasCount(192, rows[0]);
    }

    [TestMethod]
    public void A_missing_folder_is_an_error()
    {
        using var folder = new TempFolder();
        var error = Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadImageFolder(folder["nowhere"]));
        StringAssert.Contains(error.Message, folder["nowhere"]);
    }

    [TestMethod]
    public void The_error_for_a_folder_without_class_folders_names_the_expected_layout()
    {
        using var folder = new TempFolder();
        Image(folder["1.jpg"]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path));

        foreach (var part in new[] { folder.Path, "no sub-folders, only 1 images", "folder/class/image.jpg" })
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void A_folder_whose_sub_folders_have_no_images_is_an_error()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.New("a", "1.txt"), "");

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path));

        StringAssert.Contains(error.Message, "none has images");
    }

    [TestMethod]
    public void A_class_folder_without_images_is_named()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        Directory.CreateDirectory(folder["empty one"]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolder(folder.Path));

        StringAssert.Contains(error.Message, "empty one");
    }

    [TestMethod]
    [DataRow("train", "val")]
    [DataRow("Train", "Valid")]
    [DataRow("training", "validation")]
    public void Train_and_validation_share_the_keys_of_train(string train, string validation)
    {
        using var folder = new TempFolder();
        Image(folder[train, "a", "1.jpg"]);
        Image(folder[train, "b", "1.jpg"]);
        Image(folder[train, "c", "1.jpg"]);
        Image(folder[validation, "c", "1.jpg"]);
        Image(folder[validation, "a", "1.jpg"]);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);

        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, split.Classes.ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3 }, Rows.Labels(split.Train));
        CollectionAssert.AreEqual(new uint[] { 1, 3 }, Rows.Labels(split.Validation));
        CollectionAssert.AreEqual(Rows.KeyNames(split.Train), Rows.KeyNames(split.Validation));
    }

    [TestMethod]
    public void Each_part_has_its_folder()
    {
        using var folder = new TempFolder();
        foreach (var part in new[] { "train", "val", "test" })
            Image(folder[part, "a", part + ".jpg"]);

        var split = _ml.Data.LoadImageFolderSplits(folder.Path);
        StringAssert.EndsWith(Rows.Paths(split.Validation).Single(), "val.jpg");
        StringAssert.EndsWith(Rows.Paths(split.Test!).Single(), "test.jpg");
    }

    [TestMethod]
    public void Validation_classes_that_train_lacks_are_named()
    {
        using var folder = new TempFolder();
        Image(folder["train", "a", "1.jpg"]);
        Image(folder["val", "a", "1.jpg"]);
        Image(folder["val", "strange", "1.jpg"]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolderSplits(folder.Path));

        StringAssert.Contains(error.Message, "strange");
    }

    [TestMethod]
    public void Missing_or_doubled_training_and_validation_folders_are_errors()
    {
        using var folder = new TempFolder();
        Image(folder["a", "1.jpg"]);
        StringAssert.Contains(
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadImageFolderSplits(folder.Path)).Message, "no training folder");
        Image(folder["train", "a", "1.jpg"]);
        StringAssert.Contains(
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => _ml.Data.LoadImageFolderSplits(folder.Path)).Message, "no validation folder");
        Image(folder["val", "a", "1.jpg"]);
        Image(folder["valid", "a", "1.jpg"]);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadImageFolderSplits(folder.Path)).Message, "val, valid");
    }
}
