using System.Buffers.Binary;
using SkiaSharp;

namespace Rf3d.Fuzz;

/// <summary>Drawn images in the formats that Skia writes, and in BMP and GIF, which it only reads.</summary>
internal static class DrawnImageFiles
{
    private const int GifColours = 128;
    private const int GifClear = GifColours;
    private const int GifRun = 120;

    public static void Write(string folder)
    {
        foreach (var (height, width) in new[] { (24, 31), (97, 64) })
        {
            using var colour = Draw(height, width, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using var transparent = Draw(height, width, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            using var grey = Draw(height, width, SKColorType.Gray8, SKAlphaType.Opaque);
            Save($"colour-{height}.jpg", Encode(colour, SKEncodedImageFormat.Jpeg, 90));
            Save($"low-{height}.jpg", Encode(colour, SKEncodedImageFormat.Jpeg, 20));
            Save($"grey-{height}.jpg", Encode(grey, SKEncodedImageFormat.Jpeg, 80));
            Save($"colour-{height}.png", Encode(colour, SKEncodedImageFormat.Png, 100));
            Save($"transparent-{height}.png", Encode(transparent, SKEncodedImageFormat.Png, 100));
            Save($"grey-{height}.png", Encode(grey, SKEncodedImageFormat.Png, 100));
            Save($"lossy-{height}.webp", Encode(colour, SKEncodedImageFormat.Webp, 70));
            Save($"lossless-{height}.webp", Encode(transparent, SKEncodedImageFormat.Webp, 100));
            Save($"colour-{height}.bmp", Bmp(colour));
            Save($"grey-{height}.gif", Gif(grey));
        }

        void Save(string name, byte[] content) => File.WriteAllBytes(Path.Combine(folder, name), content);
    }

    private static SKBitmap Draw(int height, int width, SKColorType type, SKAlphaType alpha)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, type, alpha));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(alpha == SKAlphaType.Opaque ? new SKColor(40, 90, 160) : SKColors.Transparent);
        using var paint = new SKPaint { Color = new SKColor(230, 120, 30, 200) };
        canvas.DrawCircle(width / 2f, height / 3f, width / 3f, paint);
        paint.Color = new SKColor(20, 200, 60);
        for (var row = 0; row < height; row += 7)
            canvas.DrawRect(row / 2f, row, width / 4f, 3, paint);
        return bitmap;
    }

    private static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality)
    {
        using var encoded = bitmap.Encode(format, quality);
        return encoded.ToArray();
    }

    /// <summary>24 bits a pixel, from the bottom row to the top, rows filled up to a multiple of four bytes.</summary>
    private static byte[] Bmp(SKBitmap bitmap)
    {
        const int Before = 54;
        var row = ((bitmap.Width * 3) + 3) / 4 * 4;
        var bytes = new byte[Before + (row * bitmap.Height)];
        "BM"u8.CopyTo(bytes);
        int[] numbers = [bytes.Length, 0, Before, 40, bitmap.Width, bitmap.Height, 1 | (24 << 16), 0, row * bitmap.Height, 2835, 2835, 0, 0];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2 + (4 * i)), numbers[i]);
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
            {
                var (colour, place) = (bitmap.GetPixel(x, bitmap.Height - 1 - y), Before + (y * row) + (3 * x));
                (bytes[place], bytes[place + 1], bytes[place + 2]) = (colour.Blue, colour.Green, colour.Red);
            }
        }
        return bytes;
    }

    /// <summary>Codes of eight bits throughout: the table is emptied before it outgrows them.</summary>
    private static byte[] Gif(SKBitmap bitmap)
    {
        List<byte> codes = [];
        for (var i = 0; i < bitmap.Width * bitmap.Height; i++)
        {
            if (i % GifRun == 0)
                codes.Add(GifClear);
            codes.Add((byte)(bitmap.GetPixel(i % bitmap.Width, i / bitmap.Width).Red / 2));
        }
        codes.Add(GifClear + 1);
        byte[] width = [(byte)bitmap.Width, 0], height = [(byte)bitmap.Height, 0];
        List<byte> file = [.. "GIF89a"u8, .. width, .. height, 0xF6, 0, 0];
        for (var colour = 0; colour < GifColours; colour++)
            file.AddRange(Enumerable.Repeat((byte)(2 * colour), 3));
        file.AddRange([0x2C, 0, 0, 0, 0, .. width, .. height, 0, 7]);
        foreach (var block in codes.Chunk(255))
            file.AddRange([(byte)block.Length, .. block]);
        file.AddRange([0, 0x3B]);
        return [.. file];
    }
}
