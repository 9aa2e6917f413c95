using System.Buffers.Binary;
using System.IO.Compression;
using Rf3d.MLNet;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;

namespace Rf3d.Benchmarks;

/// <summary>Image files that clients send: good ones, and ones that are not to be scored.</summary>
internal static class LoadImages
{
    /// <summary>A picture with edges, areas and noise, about as hard to decode as a photograph.</summary>
    public static byte[] Encoded(SKEncodedImageFormat format, int width, int height, bool isTransparent = false)
    {
        using var bitmap = Draw(width, height, isTransparent);
        using var data = bitmap.Encode(format, 85);
        return data.ToArray();
    }

    public static byte[] Tiff(int width, int height) => Encoded(width, height, (image, stream) => image.SaveAsTiff(stream, new TiffEncoder { BitsPerPixel = TiffBitsPerPixel.Bit24 }));

    public static byte[] Ppm(int width, int height) =>
        Encoded(width, height, (image, stream) => image.SaveAsPbm(stream, new PbmEncoder { Encoding = PbmEncoding.Binary, ColorType = PbmColorType.Rgb }));

    /// <summary>A photograph that lies on its side, and says so.</summary>
    public static byte[] Turned(int width, int height)
    {
        var image = Encoded(SKEncodedImageFormat.Jpeg, width, height);
        byte[] exif = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        return [.. image[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. image[2..]];
    }

    /// <summary>A valid PNG of 256 megapixels in 32 kB.</summary>
    public static byte[] PngBomb()
    {
        const int Side = 16_000;
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n\u001a\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Side);
        header[8] = 1;
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(new byte[Side * ((Side / 8) + 1)]);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, rows.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>A JPEG of a few bytes whose header says 65,500 pixels a side.</summary>
    public static byte[] JpegBomb()
    {
        var file = Encoded(SKEncodedImageFormat.Jpeg, 16, 16);
        var frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 65_500);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), 65_500);
        return file;
    }

    private static byte[] Encoded(int width, int height, Action<Image<Rgba32>, Stream> save)
    {
        using var bitmap = Draw(width, height, isTransparent: false);
        using var image = Image.LoadPixelData<Rgba32>(bitmap.GetPixelSpan(), width, height);
        using var stream = new MemoryStream();
        save(image, stream);
        return stream.ToArray();
    }

    private static SKBitmap Draw(int width, int height, bool isTransparent)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, isTransparent ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(isTransparent ? SKColors.Transparent : new SKColor(70, 110, 150));
        var random = new Random(width + height);
        using var paint = new SKPaint();
        for (var i = 0; i < 400; i++)
        {
            paint.Color = new SKColor((uint)random.Next() | 0x80000000);
            canvas.DrawCircle(random.Next(width), random.Next(height), 1 + random.Next(Math.Max(2, Math.Min(width, height) / 8)), paint);
        }
        return bitmap;
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        var checksum = new Crc32();
        checksum.Append([.. type, .. content]);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.Value);
        file.Write(number);
    }
}
