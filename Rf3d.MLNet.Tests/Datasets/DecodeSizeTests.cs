using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>JPEGs decoded at a fraction of their size.</summary>
[TestClass]
public class DecodeSizeTests
{
    [TestMethod]
    [DataRow(null, 400, 240)]
    [DataRow(241, 400, 240)]
    [DataRow(240, 400, 240)]
    [DataRow(60, 100, 60)]
    [DataRow(59, 100, 60)]
    [DataRow(61, 150, 90)]
    [DataRow(1, 50, 30)]
    public void A_jpeg_keeps_as_many_pixels_on_both_sides_and_not_many_more(int? size, int width, int height)
    {
        using var folder = new TempFolder();
        Write(folder.New("a", "0.jpg"), SKEncodedImageFormat.Jpeg);
        var image = First(folder, size);
        Assert.AreEqual((width, height), (image.Width, image.Height));
        // Left half red, right half blue, at any size.
        var pixels = image.Pixels;
        var (left, right) = (4 * ((image.Height / 2 * image.Width) + (image.Width / 4)), 4 * ((image.Height / 2 * image.Width) + (image.Width * 3 / 4)));
        Assert.IsGreaterThan(240, (int)pixels[left + 2]);
        Assert.IsGreaterThan(240, (int)pixels[right]);
        image.Dispose();
    }

    [TestMethod]
    public void Other_formats_keep_their_size()
    {
        using var folder = new TempFolder();
        Write(folder.New("a", "0.png"), SKEncodedImageFormat.Png);
        using var image = First(folder, 60);
        Assert.AreEqual((400, 240), (image.Width, image.Height));
    }

    [TestMethod]
    public void A_file_cut_short_is_found_at_any_size_and_no_size_below_1_taken()
    {
        using var folder = new TempFolder();
        Write(folder.New("a", "0.jpg"), SKEncodedImageFormat.Jpeg);
        using (var file = File.OpenWrite(folder["a", "0.jpg"]))
            file.SetLength(file.Length / 2);
        Assert.Contains("cut short", Assert.Throws<InvalidDataException>(() => First(folder, 60)).Message);
        Assert.Contains("DecodeSize is 0; it must be at least 1", Assert.Throws<ArgumentException>(() => First(folder, 0)).Message);
    }

    private static MLImage First(TempFolder folder, int? size)
    {
        var view = new MLContext().Data.LoadImageFolder(folder.Path, new ImageFolderOptions { DecodeSize = size });
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.IsTrue(cursor.MoveNext());
        MLImage image = null!;
        cursor.GetGetter<MLImage>(view.Schema["Image"])(ref image);
        return image;
    }

    private static void Write(string path, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(400, 240);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Red);
            using var blue = new SKPaint { Color = SKColors.Blue };
            canvas.DrawRect(200, 0, 200, 240, blue);
        }
        using var data = bitmap.Encode(format, 95);
        File.WriteAllBytes(path, data.ToArray());
    }
}
