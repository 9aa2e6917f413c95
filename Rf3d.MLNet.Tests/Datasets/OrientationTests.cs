using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Photographs as cameras store them.</summary>
[TestClass]
public sealed class OrientationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static IEnumerable<object[]> Photographs() =>
        from format in new[] { "jpeg", "png", "webp", "tiff" }
        from orientation in Enumerable.Range(1, 8)
        select new object[] { format, orientation };

    [TestMethod]
    [FieldReport(2)]
    [DynamicData(nameof(Photographs))]
    public void A_photograph_is_upright_however_the_camera_was_held(string format, int orientation)
    {
        using var image = ImageReader.Read(PictureFiles.Photograph(format, orientation));
        Assert.AreEqual((PictureFiles.Width, PictureFiles.Height), (image.Width, image.Height));
        AssertPixels(image, PictureFiles.Upright, format is "jpeg" or "webp" ? 5 : 0);
    }

    [TestMethod]
    [DynamicData(nameof(Photographs))]
    public void It_is_as_stored_where_that_is_asked_for(string format, int orientation)
    {
        File.WriteAllBytes(_folder["photograph"], PictureFiles.Photograph(format, orientation));
        using var image = ImageReader.Read(_folder["photograph"], applyOrientation: false);
        AssertPixels(image, (x, y) => PictureFiles.Stored(orientation, x, y), format is "jpeg" or "webp" ? 5 : 0);
        if (format == "jpeg")
        {
            using var codec = SKCodec.Create(_folder["photograph"]);
            Assert.AreEqual((SKEncodedOrigin)orientation, codec.EncodedOrigin);
            Assert.AreEqual(codec.EncodedOrigin, ExifOrigin.Of(ImageFormat.Jpeg, File.ReadAllBytes(_folder["photograph"])));
        }
    }

    [TestMethod]
    [DataRow("jpeg")]
    [DataRow("png")]
    [DataRow("webp")]
    public void Exif_data_that_makes_no_sense_changes_nothing(string format)
    {
        var image = PictureFiles.Encode(format, PictureFiles.Width, PictureFiles.Height, PictureFiles.Upright);
        using var expected = ImageReader.Read(image);
        byte[][] wrong = [PictureFiles.Exif(0), PictureFiles.Exif(9), PictureFiles.Exif(200), [], "II"u8.ToArray(), [.. "MM\0*"u8, 255, 255, 255, 255], [.. "II*\0"u8, 8, 0, 0, 0, 255, 255]];
        foreach (var exif in wrong)
            AssertSame(expected, PictureFiles.WithExif(format, image, exif));

        using var turned = ImageReader.Read(PictureFiles.WithExif(format, image, PictureFiles.Exif(6, isBigEndian: true)));
        Assert.AreEqual((PictureFiles.Height, PictureFiles.Width), (turned.Width, turned.Height));
        // Any byte of it may be any other: no other error may come of it.
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var exif = PictureFiles.Exif(6);
            exif[random.Next(exif.Length)] = (byte)random.Next(256);
            ImageReader.Read(PictureFiles.WithExif(format, image, exif)).Dispose();
        }
    }

    [TestMethod]
    [FieldReport(2)]
    public void Folders_are_upright_and_the_log_says_once_how_many_were_turned()
    {
        Write();
        var messages = new List<string>();
        var mlContext = new MLContext();
        mlContext.Log += (_, log) => messages.Add(log.Message);
        var view = mlContext.Data.LoadImageFolder(_folder.Path);
        Assert.AreEqual(0, view.TurnedImageCount);
        for (var pass = 0; pass < 3; pass++)
            Assert.IsTrue(Sizes(view).All(size => size == (PictureFiles.Width, PictureFiles.Height)));
        Assert.AreEqual(4, view.TurnedImageCount);
        Assert.HasCount(1, messages.Where(message => message.Contains("4 of the 6 images", StringComparison.Ordinal)).ToList());

        var stored = mlContext.Data.LoadImageFolder(_folder.Path, new ImageFolderOptions { ApplyOrientation = false });
        CollectionAssert.Contains(Sizes(stored), (PictureFiles.Height, PictureFiles.Width));
        Assert.AreEqual(0, stored.TurnedImageCount);
        // Images that were kept decoded are not taken for those of the other kind.
        Assert.AreNotEqual(SourceOf(view), SourceOf(stored));
        Assert.AreEqual(SourceOf(view), SourceOf(mlContext.Data.LoadImageFolder(_folder.Path)));
    }

    [TestMethod]
    [FieldReport(2)]
    public void Images_of_a_table_and_their_parts_are_upright_unless_the_options_say_otherwise()
    {
        Write();
        File.WriteAllLines(_folder["labels.csv"], Directory.GetFiles(_folder.Path, "*.jpg", SearchOption.AllDirectories)
            .Select(path => $"{Path.GetRelativePath(_folder.Path, path)},{Path.GetFileName(Path.GetDirectoryName(path))}").Prepend("file,label"));
        var mlContext = new MLContext();
        var view = mlContext.Data.LoadImageTable(_folder["labels.csv"]);
        var parts = view.Split(0.5);
        foreach (var part in new[] { view, parts.Train, parts.Validation })
            Assert.IsTrue(Sizes(part).All(size => size == (PictureFiles.Width, PictureFiles.Height)));
        Assert.AreEqual((4, 4), (view.TurnedImageCount, parts.Train.TurnedImageCount + parts.Validation.TurnedImageCount));

        var stored = mlContext.Data.LoadImageTable(_folder["labels.csv"], options: new() { ApplyOrientation = false });
        parts = stored.Split(0.5);
        CollectionAssert.Contains(Sizes(stored), (PictureFiles.Height, PictureFiles.Width));
        Assert.IsFalse(stored.IsUpright || parts.Train.IsUpright || parts.Validation.IsUpright);
        Assert.AreEqual(0, stored.TurnedImageCount);
    }

    [TestMethod]
    public void Bad_images_that_are_left_out_do_not_keep_the_log_from_saying_it()
    {
        Write();
        File.WriteAllText(_folder["a", "bad.jpg"], "no image");
        var messages = new List<string>();
        var mlContext = new MLContext();
        mlContext.Log += (_, log) => messages.Add(log.Message);
        Rows.Labels(mlContext.Data.LoadImageFolder(_folder.Path, new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1 }));
        Assert.HasCount(1, messages.Where(message => message.Contains("4 of the 7 images", StringComparison.Ordinal)).ToList());
    }

    [TestMethod]
    [FieldReport(2)]
    public void The_size_of_a_networks_input_is_that_of_the_upright_images()
    {
        for (var i = 0; i < 4; i++)
            File.WriteAllBytes(_folder.New(i % 2 == 0 ? "a" : "b", $"{i}.jpg"), PictureFiles.Photograph("jpeg", 6));
        var view = new MLContext().Data.LoadImageFolder(_folder.Path);
        var size = ImageSizeFinder.FromData(null, view, view.Schema["Image"], CancellationToken.None);
        Assert.AreEqual((PictureFiles.Height, PictureFiles.Width), (size.Height, size.Width));
    }

    [TestMethod]
    public void Jpegs_that_are_decoded_at_a_fraction_of_their_size_are_turned_too()
    {
        using var bitmap = new SKBitmap(400, 240);
        using (var canvas = new SKCanvas(bitmap))
        using (var blue = new SKPaint { Color = SKColors.Blue })
        {
            canvas.Clear(SKColors.Red);
            canvas.DrawRect(200, 0, 200, 240, blue);
        }
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        File.WriteAllBytes(_folder.New("a", "0.jpg"), PictureFiles.WithExif("jpeg", jpeg.ToArray(), PictureFiles.Exif(8)));
        var view = new MLContext().Data.LoadImageFolder(_folder.Path, new ImageFolderOptions { DecodeSize = 60 });
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.IsTrue(cursor.MoveNext());
        MLImage image = null!;
        cursor.GetGetter<MLImage>(view.Schema["Image"])(ref image);
        using (image)
        {
            Assert.AreEqual((60, 100), (image.Width, image.Height));
            // The left side, red, is at the bottom.
            Assert.IsGreaterThan(200, (int)image.Pixels[(4 * ((90 * 60) + 30)) + 2]);
            Assert.IsLessThan(50, (int)image.Pixels[(4 * ((10 * 60) + 30)) + 2]);
        }
    }

    private void Write()
    {
        for (var orientation = 1; orientation <= 6; orientation++)
        {
            // The first two are upright: one says so, one says nothing.
            var content = orientation == 2
                ? PictureFiles.Encode("png", PictureFiles.Width, PictureFiles.Height, PictureFiles.Upright)
                : PictureFiles.Photograph("jpeg", orientation);
            File.WriteAllBytes(_folder.New(orientation % 2 == 0 ? "a" : "b", $"{orientation}.jpg"), content);
        }
    }

    private static List<(int Width, int Height)> Sizes(ImageFolderDataView view)
    {
        using var cursor = view.GetRowCursor([view.Schema["Image"]]);
        var getter = cursor.GetGetter<MLImage>(view.Schema["Image"]);
        var sizes = new List<(int, int)>();
        MLImage image = null!;
        while (cursor.MoveNext())
        {
            getter(ref image);
            sizes.Add((image.Width, image.Height));
        }
        image.Dispose();
        return sizes;
    }

    private static string? SourceOf(ImageFolderDataView view) => RowsIdentity.SourceOf(view.Schema["Image"]);

    private static void AssertSame(MLImage expected, byte[] content)
    {
        using var actual = ImageReader.Read(content);
        Assert.IsTrue(expected.Pixels.SequenceEqual(actual.Pixels));
    }

    private static void AssertPixels(MLImage image, Func<int, int, SKColor> expected, int tolerance)
    {
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var pixel = image.Pixels.Slice(4 * ((y * image.Width) + x), 4);
                var colour = expected(x, y);
                Assert.AreEqual(colour.Red, pixel[2], tolerance, $"red at {x}, {y}");
                Assert.AreEqual(colour.Green, pixel[1], tolerance, $"green at {x}, {y}");
                Assert.AreEqual(colour.Blue, pixel[0], tolerance, $"blue at {x}, {y}");
                Assert.AreEqual(255, pixel[3]);
            }
        }
    }
}
