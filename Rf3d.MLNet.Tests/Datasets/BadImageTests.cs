using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using SkiaSharp;
using static Rf3d.MLNet.Tests.Datasets.ImageFolderFixture;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class BadImageTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("1empty.jpg", "the file is empty")]
    [DataRow("2text.png", "not an image")]
    [DataRow("3cut.jpg", "cut short")]
    [DataRow("4cut.png", "cut short")]
    public void Fail_names_the_file_and_the_reason_when_its_image_is_read(string name, string reason)
    {
        using var folder = new TempFolder();
        Bad(folder);
        foreach (var other in Directory.GetFiles(folder["a"]).Where(path => !path.EndsWith(name, StringComparison.Ordinal)))
            File.Delete(other);
        var view = _ml.Data.LoadImageFolder(folder.Path);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));

        StringAssert.Contains(error.Message, folder["a", name]);
        StringAssert.Contains(error.Message, reason);
        StringAssert.Contains(error.Message, "Skip");
        Assert.IsEmpty(view.SkippedImages);
    }

    [TestMethod]
    public void Skip_leaves_bad_files_out_and_reports_each_once_over_several_passes()
    {
        using var folder = new TempFolder();
        Bad(folder);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });
        Assert.IsNull(view.GetRowCount());
        Assert.IsEmpty(view.SkippedImages);

        for (var pass = 0; pass < 3; pass++)
            Assert.HasCount(3, Rows.Pixels(view));

        CollectionAssert.AreEqual(
            new[] { "1empty.jpg", "2text.png", "3cut.jpg", "4cut.png" }, view.SkippedImages.Select(bad => Path.GetFileName(bad.Path)).ToArray());
        Assert.IsTrue(view.SkippedImages.All(bad => Path.IsPathFullyQualified(bad.Path) && bad.Reason.Length > 0));
        Assert.AreEqual(7, view.FileCount);
    }

    [TestMethod]
    public void The_log_names_each_skipped_file_once_and_points_to_the_list_after_ten()
    {
        var messages = new List<string>();
        _ml.Log += (_, log) => messages.Add(log.Message);
        using var folder = new TempFolder();
        Bad(folder);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });
        for (var pass = 0; pass < 2; pass++)
            Rows.Labels(view);
        var left = messages.Where(message => message.Contains("left out", StringComparison.Ordinal)).ToList();
        Assert.HasCount(4, left);
        StringAssert.Contains(left[0], folder["a", "1empty.jpg"]);
        StringAssert.Contains(left[0], "the file is empty");

        messages.Clear();
        for (var i = 0; i < 20; i++)
            File.WriteAllText(folder.New("b", $"bad{i:00}.png"), "bad");
        view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });
        Rows.Labels(view);
        left = [.. messages.Where(message => message.Contains("left out", StringComparison.Ordinal))];
        Assert.HasCount(11, left);
        StringAssert.Contains(left[10], "SkippedImages");
    }

    [TestMethod]
    public void The_environment_behind_the_data_catalog_can_be_reached()
    {
        try
        {
            Assert.IsNotNull(DatasetInternals.EnvironmentOf(_ml.Data));
        }
        catch (MissingMemberException error)
        {
            Assert.Fail($"ML.NET {typeof(MLContext).Assembly.GetName().Version} has no environment in DataOperationsCatalog any more: {error.Message}");
        }
    }

    [TestMethod]
    public void An_image_can_be_made_of_pixels_without_a_copy()
    {
        var bitmap = new SKBitmap(new SKImageInfo(3, 2, SKColorType.Bgra8888, SKAlphaType.Premul));
        bitmap.SetPixel(1, 1, new SKColor(10, 20, 30));
        try
        {
            using var image = DatasetInternals.ImageOf(bitmap);
            Assert.AreEqual((3, 2, MLPixelFormat.Bgra32), (image.Width, image.Height, image.PixelFormat));
            CollectionAssert.AreEqual(new byte[] { 30, 20, 10, 255 }, image.Pixels.Slice(16, 4).ToArray());
            Assert.IsTrue(image.Pixels.Overlaps(bitmap.GetPixelSpan()));
        }
        catch (MissingMemberException error)
        {
            Assert.Fail($"ML.NET {typeof(MLImage).Assembly.GetName().Version} makes no MLImage of an SKBitmap any more: {error.Message}");
        }
    }

    [TestMethod]
    public void Skip_leaves_out_the_same_rows_whatever_columns_are_asked_for()
    {
        using var folder = new TempFolder();
        Bad(folder);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });

        CollectionAssert.AreEqual(new uint[] { 1, 2, 2 }, Rows.Labels(view));
        Assert.HasCount(4, view.SkippedImages);
        CollectionAssert.AreEqual(Rows.Ids(view).Order().ToArray(), Rows.Ids(view, new Random(2)).Order().ToArray());
        Assert.HasCount(3, Rows.Pixels(view));
    }

    [TestMethod]
    public void Files_known_to_be_good_are_not_decoded_again_for_their_labels()
    {
        using var folder = new TempFolder();
        Bad(folder);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });
        Rows.Labels(view);
        foreach (var path in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
            File.Delete(path);

        Assert.HasCount(3, Rows.Labels(view));
        Assert.IsEmpty(Rows.Pixels(view));
        Assert.HasCount(7, view.SkippedImages);
    }

    [TestMethod]
    public void Skip_reports_each_file_once_from_parallel_cursors()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 150; i++)
        {
            if (i % 3 == 0)
                File.WriteAllText(folder.New("a", $"{i:000}.jpg"), "bad");
            else
                Image(folder["a", $"{i:000}.jpg"], width: 4, height: 4);
        }
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 });
        // Two sets over the same files, so that cursors also meet at the same bad file.
        var cursors = view.GetRowCursorSet(view.Schema, 4).Concat(view.GetRowCursorSet(view.Schema, 4, new Random(1))).ToArray();
        var counts = new int[cursors.Length];

        Parallel.For(0, cursors.Length, i =>
        {
            using var cursor = cursors[i];
            counts[i] = Rows.Labels(cursor).Count;
        });

        Assert.AreEqual(200, counts.Sum());
        Assert.HasCount(50, view.SkippedImages);
        Assert.HasCount(50, view.SkippedImages.Select(bad => bad.Path).Distinct());
    }

    [TestMethod]
    public void A_file_deleted_after_loading_is_a_bad_image()
    {
        using var folder = new TempFolder();
        var path = Image(folder["a", "1.jpg"]);
        var view = _ml.Data.LoadImageFolder(folder.Path);
        File.Delete(path);

        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view)).Message, "deleted or moved");
    }

    [TestMethod]
    [DataRow(BadImageAction.Fail)]
    [DataRow(BadImageAction.Skip)]
    public void A_file_that_the_system_cannot_read_is_an_error_and_is_never_left_out(BadImageAction action)
    {
        using var folder = new TempFolder();
        var path = Image(folder["a", "1.jpg"]);
        Image(folder["b", "1.jpg"]);
        var view = _ml.Data.LoadImageFolder(folder.Path, new ImageFolderOptions { OnBadImage = action, MaxBadImageFraction = 1 });
        // A folder in its place: for every user and on every system, reading it is an error of the system, not of a content.
        File.Delete(path);
        File.WriteAllText(folder.New("a", "1.jpg", "file"), "");

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));

        StringAssert.Contains(error.Message, path);
        StringAssert.Contains(error.Message, "could not be opened");
        StringAssert.Contains(error.Message, "may be good");
        Assert.IsEmpty(view.SkippedImages);
    }

    /// <summary>Four bad files and one good one in class a, two good ones in class b.</summary>
    private static void Bad(TempFolder folder)
    {
        File.WriteAllBytes(folder.New("a", "1empty.jpg"), []);
        File.WriteAllText(folder["a", "2text.png"], "this is no image");
        CutInHalf(Image(folder["a", "3cut.jpg"], width: 64, height: 64));
        CutInHalf(Image(folder["a", "4cut.png"], width: 64, height: 64));
        Image(folder["a", "5good.jpg"]);
        Image(folder["b", "1.jpg"]);
        Image(folder["b", "2.png"]);
    }
}
