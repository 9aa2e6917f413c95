using Microsoft.ML.Data;
using Rf3d.Datasets;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Formats beside those of Skia, and files whose names say nothing or something wrong.</summary>
[TestClass]
public sealed class ImageFormatsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Each format with the same picture, red left and blue right of the middle.</summary>
    private static Dictionary<string, byte[]> Pictures()
    {
        const int Width = 16, Height = 8;
        byte[] rgb = [.. Enumerable.Range(0, Width * Height).SelectMany(i => i % Width < Width / 2 ? new byte[] { 255, 0, 0 } : [0, 0, 255])];
        byte[] bgr = [.. rgb.Chunk(3).SelectMany(pixel => pixel.Reverse())];
        using var image = SixLabors.ImageSharp.Image.LoadPixelData<Rgb24>(rgb, Width, Height);
        byte[] runs = [.. Enumerable.Repeat(new byte[] { 0x87, 0, 0, 255, 0x87, 255, 0, 0 }, Height).SelectMany(run => run)];
        return new()
        {
            ["tiff"] = PictureFiles.Tiff(Width, Height, rgb),
            ["tiff, LZW"] = Saved(TiffCompression.Lzw),
            ["tiff, deflate"] = Saved(TiffCompression.Deflate),
            ["tiff, PackBits"] = Saved(TiffCompression.PackBits),
            ["tiff, 16 bits"] = PictureFiles.Tiff(Width, Height, [.. rgb.SelectMany(value => new[] { value, value })], [(258, 3, [16, 16, 16])]),
            ["tiff, two pages"] = TwoPages(rgb, Width, Height),
            ["ppm"] = [.. PictureFiles.Text($"P6\n# by hand\n{Width} {Height}\n255\n"), .. rgb],
            ["ppm, text"] = PictureFiles.Text($"P3 {Width} {Height} 15\n{string.Join(' ', rgb.Select(value => value / 17))}\n"),
            ["tga"] = PictureFiles.Tga(Width, Height, 2, 24, bgr),
            ["tga, runs"] = PictureFiles.Tga(Width, Height, 10, 24, runs),
            ["tga, bottom first"] = PictureFiles.Tga(Width, Height, 2, 24, bgr, descriptor: 0),
        };

        byte[] Saved(TiffCompression compression)
        {
            using var file = new MemoryStream();
            image.Save(file, new TiffEncoder { Compression = compression, BitsPerPixel = TiffBitsPerPixel.Bit24 });
            return file.ToArray();
        }
    }

    public static IEnumerable<object[]> Names() => Pictures().Keys.Select(name => new object[] { name });

    [TestMethod]
    [FieldReport(5)]
    [DynamicData(nameof(Names))]
    public void The_content_decides_whatever_the_name_says(string name)
    {
        foreach (var file in new[] { "named.jpg", "named.xyz", "nameless" })
        {
            File.WriteAllBytes(_folder[file], Pictures()[name]);
            using var image = ImageReader.Read(_folder[file]);
            Assert.AreEqual((16, 8, MLPixelFormat.Bgra32), (image.Width, image.Height, image.PixelFormat));
            for (var i = 0; i < 128; i++)
                CollectionAssert.AreEqual(i % 16 < 8 ? new byte[] { 0, 0, 255, 255 } : [255, 0, 0, 255], image.Pixels.Slice(4 * i, 4).ToArray(), $"{name}, pixel {i}");
        }
    }

    [TestMethod]
    [FieldReport(8)]
    [DynamicData(nameof(Names))]
    public void A_file_cut_short_anywhere_is_refused_and_so_is_one_of_more_pixels_than_may_be(string name)
    {
        var whole = Pictures()[name];
        using var expected = ImageReader.Read(whole);
        for (var length = 1; length < whole.Length; length++)
        {
            try
            {
                using var image = ImageReader.Read(whole[..length]);
                // The bytes that are cut off are not of the picture: a second page, the resolution. The last number of a text may lack a digit.
                Assert.IsTrue(expected.Pixels.SequenceEqual(image.Pixels) || (name == "ppm, text" && length >= whole.Length - 2), $"{length} of {whole.Length} bytes");
                Assert.IsGreaterThan(whole.Length / 3, length);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
        Assert.Contains("16×8 pixels; images of more than", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(whole, (16 * 8) - 1)).Message);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Damage_anywhere_gives_an_image_or_a_reason(string name)
    {
        var random = new Random(2);
        byte[] extremes = [0, 1, 0x7F, 0x80, 0xFF];
        for (var i = 0; i < 150; i++)
        {
            var content = Pictures()[name];
            for (var change = random.Next(1, 4); change > 0; change--)
                content[random.Next(content.Length)] = random.Next(2) == 0 ? extremes[random.Next(extremes.Length)] : (byte)random.Next(256);
            try
            {
                ImageReader.Read(content, 1_000_000).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
    }

    [TestMethod]
    public void Gray_and_black_and_white_are_scaled_to_8_bits()
    {
        (byte[] Content, int[] Expected)[] images =
        [
            ([.. PictureFiles.Text("P5 4 2 7\n"), 0, 1, 2, 3, 4, 5, 6, 7], [0, 36, 73, 109, 146, 182, 219, 255]),
            ([.. PictureFiles.Text("P5 4 1 1023\n"), 0, 0, 1, 0, 2, 0, 3, 255], [0, 64, 128, 255]),
            ([.. PictureFiles.Text("P5 2 1 65535\n"), 0x80, 0, 0xFF, 0xFF], [128, 255]),
            (PictureFiles.Text("P2 2 2 15 0 5 10 15"), [0, 85, 170, 255]),
            (PictureFiles.Text("P1 3 2\n101\n0 1 0\n"), [0, 255, 0, 255, 0, 255]),
            ([.. PictureFiles.Text("P4 9 1\n"), 0b10100000, 0b10000000], [0, 255, 0, 255, 255, 255, 255, 255, 0]),
            (PictureFiles.Tga(3, 1, 3, 8, [0, 100, 255]), [0, 100, 255]),
            (PictureFiles.Tiff(2, 1, [0, 0x80, 0xFF, 0xFF], [(258, 3, [16]), (262, 3, [1]), (277, 3, [1])]), [128, 255]),
        ];
        foreach (var (content, expected) in images)
        {
            using var image = ImageReader.Read(content);
            var actual = image.Pixels.ToArray();
            CollectionAssert.AreEqual(expected, actual.Where((_, i) => i % 4 == 1).Select(value => (int)value).ToArray());
            CollectionAssert.AreEqual(expected, actual.Where((_, i) => i % 4 == 2).Select(value => (int)value).ToArray());
        }
    }

    [TestMethod]
    public void A_fax_is_black_on_white_whichever_of_both_its_zeros_are()
    {
        // By libtiff, in Group 4: 16 pixels a row, of which the first four are black.
        foreach (var (photometric, strip) in new (uint, byte[])[] { (0, Convert.FromHexString("26AFC0040040")), (1, Convert.FromHexString("361F001001")) })
        {
            var content = PictureFiles.Tiff(16, 2, strip, [(258, 3, [1]), (259, 3, [4]), (262, 3, [photometric]), (277, 3, [1])]);
            using var image = ImageReader.Read(content);
            for (var i = 0; i < 32; i++)
                CollectionAssert.AreEqual(i % 16 < 4 ? new byte[] { 0, 0, 0, 255 } : [255, 255, 255, 255], image.Pixels.Slice(4 * i, 4).ToArray(), $"photometric {photometric}, pixel {i}");
        }
    }

    [TestMethod]
    public void Transparent_pixels_are_premultiplied_as_those_of_other_formats()
    {
        SKColor Pixel(int x, int y) => new((byte)(x * 30), (byte)(255 - (y * 30)), 200, (byte)((x * 31) + y));
        using var expected = ImageReader.Read(PictureFiles.Encode("png", 8, 8, Pixel));
        byte[] bgra = [.. from y in Enumerable.Range(0, 8) from x in Enumerable.Range(0, 8) let pixel = Pixel(x, y) from value in new[] { pixel.Blue, pixel.Green, pixel.Red, pixel.Alpha } select value];
        byte[] rgba = [.. bgra.Chunk(4).SelectMany(pixel => new[] { pixel[2], pixel[1], pixel[0], pixel[3] })];
        foreach (var content in new[] { PictureFiles.Tga(8, 8, 2, 32, bgra, descriptor: 0x28), PictureFiles.Tiff(8, 8, rgba, [(258, 3, [8, 8, 8, 8]), (277, 3, [4]), (338, 3, [2])]) })
        {
            using var actual = ImageReader.Read(content);
            CollectionAssert.AreEqual(expected.Pixels.ToArray(), actual.Pixels.ToArray());
        }
    }

    [TestMethod]
    [DataRow("a preview of another one", (ushort)254, 1u)]
    [DataRow("it is a raw photograph", (ushort)50706, 0x01020304u)]
    [DataRow("TIFF file of tiles", (ushort)322, 16u)]
    [DataRow("not whole numbers", (ushort)339, 3u)]
    [DataRow("of a kind that is not read", (ushort)262, 5u)]
    [DataRow("60000×8 pixels", (ushort)256, 60_000u)]
    [DataRow("cut short", (ushort)279, 100_000u)]
    [DataRow("cut short", (ushort)256, 17u)]
    public void Tiff_files_that_are_not_read_are_refused_with_the_reason(string reason, ushort tag, uint value)
    {
        var content = PictureFiles.Tiff(16, 8, new byte[16 * 8 * 3], [(tag, (ushort)(value > ushort.MaxValue ? 4 : 3), [value])]);
        Assert.Contains(reason, Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(content, 400_000)).Message);
    }

    [TestMethod]
    public void A_preview_with_directories_below_it_is_of_a_raw_photograph()
    {
        var content = PictureFiles.Tiff(16, 8, new byte[16 * 8 * 3], [(254, 4, [1]), (330, 4, [8])]);
        Assert.Contains("it is a raw photograph", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(content)).Message);
    }

    [TestMethod]
    public void A_Tiff_file_without_the_lengths_of_its_strips_is_not_called_cut_short()
    {
        var content = PictureFiles.Tiff(16, 8, new byte[16 * 8 * 3]);
        // Makes another tag of StripByteCounts, 279.
        ReadOnlySpan<byte> lengths = [0x17, 1, 4, 0, 1, 0, 0, 0];
        content[content.AsSpan().IndexOf(lengths)]++;
        var message = Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(content)).Message;
        Assert.Contains("StripByteCounts", message);
        Assert.DoesNotContain("cut short", message);
    }

    [TestMethod]
    [FieldReport(13)]
    public void Headers_that_ask_for_gigabytes_get_none()
    {
        byte[][] bombs =
        [
            PictureFiles.Text("P6 60000 60000 255\n"), PictureFiles.Text("P3 99999999999999999999 1 255\n0 0 0"), PictureFiles.Text("P4 2000000000 2000000000\n"),
            PictureFiles.Tga(65_535, 65_535, 2, 32, []), PictureFiles.Tga(65_535, 65_535, 10, 32, [0xFF, 0, 0, 0, 0]), PictureFiles.Tga(9_000, 9_000, 10, 32, [0xFF, 0, 0, 0, 0]),
            PictureFiles.Tiff(60_000, 60_000, new byte[100]), PictureFiles.Tiff(9_000, 9_000, new byte[100]), PictureFiles.Tiff(1, 1, new byte[3], [(278, 4, [uint.MaxValue])]),
        ];
        var before = GC.GetTotalAllocatedBytes();
        foreach (var bomb in bombs)
        {
            try
            {
                ImageReader.Read(bomb).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
        Assert.IsLessThan(50_000_000, GC.GetTotalAllocatedBytes() - before);
    }

    [TestMethod]
    [FieldReport(5)]
    public void Files_are_images_by_their_extension_or_by_their_first_bytes()
    {
        foreach (var name in new[] { "a.jpg", "a.JPE", "a.jfif", "a.Tiff", "a.tga", "a.heic", "a.avif", "a.pbm" })
            Assert.IsTrue(ImageFormats.MayBeImage(_folder[name]), name);
        var pictures = Pictures();
        pictures["jpeg"] = PictureFiles.Photograph("jpeg", 1);
        pictures["bmp"] = [.. "BM"u8, .. new byte[12], 40, 0, 0, 0, .. new byte[40]];
        pictures["heic"] = File.ReadAllBytes(HeifTests.Fixture("heic"));
        foreach (var (name, content) in pictures.Where(picture => !picture.Key.StartsWith("tga", StringComparison.Ordinal)))
        {
            foreach (var extension in new[] { "", ".", ".xyz", ".2", ".dat" })
            {
                var file = _folder[$"image{extension}"];
                File.WriteAllBytes(file, content);
                Assert.IsTrue(ImageFormats.MayBeImage(file), $"{name} as {extension}");
            }
        }
        File.WriteAllBytes(_folder["raw.NEF"], pictures["tiff"]);
        (string Name, string Text)[] others = [("notes.txt", "BMW and others"), ("p.txt", "P3"), ("p6.md", "P6 is a chapter"), ("empty", ""), ("video", "\0\0\0\u0018ftypisom\0\0\0\0isom"), ("labels.csv", "file,label")];
        foreach (var (name, text) in others)
            File.WriteAllText(_folder[name], text);
        foreach (var name in others.Select(other => other.Name).Append("raw.NEF").Append("absent").Append("absent.dat"))
            Assert.IsFalse(ImageFormats.MayBeImage(_folder[name]), name);
        Assert.IsFalse(ImageFormats.MayBeImage(_folder.Path));
    }

    [TestMethod]
    [FieldReport(14)]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task A_pipe_is_not_an_image_and_is_not_waited_for()
    {
        System.Diagnostics.Process.Start("mkfifo", _folder["pipe"]).WaitForExit();
        Assert.IsFalse(await Task.Run(() => ImageFormats.MayBeImage(_folder["pipe"])).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static byte[] TwoPages(byte[] rgb, int width, int height)
    {
        using var image = SixLabors.ImageSharp.Image.LoadPixelData<Rgb24>(rgb, width, height);
        using var second = new Image<Rgb24>(width, height);
        image.Frames.AddFrame(second.Frames.RootFrame);
        using var file = new MemoryStream();
        image.Save(file, new TiffEncoder { Compression = TiffCompression.None, BitsPerPixel = TiffBitsPerPixel.Bit24 });
        return file.ToArray();
    }
}
