using System.Buffers.Binary;
using System.Text;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Image files in formats that Skia does not write, and with EXIF data.</summary>
internal static class PictureFiles
{
    public const int Width = 40;
    public const int Height = 24;

    /// <summary>Gray blocks of eight pixels, which JPEG hardly changes, each of another brightness.</summary>
    public static SKColor Upright(int x, int y)
    {
        var gray = (byte)((x / 8 * 14) + (y / 8 * 80));
        return new(gray, gray, gray);
    }

    /// <summary>The pixel of the upright image that lies at a place of the stored one, by the words of the EXIF standard: which side its first row and first column are.</summary>
    public static SKColor Stored(int orientation, int column, int row) => orientation switch
    {
        1 => Upright(column, row),
        2 => Upright(Width - 1 - column, row),
        3 => Upright(Width - 1 - column, Height - 1 - row),
        4 => Upright(column, Height - 1 - row),
        // The first row is the left side, the first column the top.
        5 => Upright(row, column),
        6 => Upright(Width - 1 - row, column),
        7 => Upright(Width - 1 - row, Height - 1 - column),
        8 => Upright(row, Height - 1 - column),
        _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
    };

    /// <summary>The picture as a camera stores it.</summary>
    public static byte[] Photograph(string format, int orientation)
    {
        var (width, height) = orientation >= 5 ? (Height, Width) : (Width, Height);
        return format == "tiff"
            ? Tiff(width, height, [.. Pixels(width, height, orientation)], more: [(274, 3, [(uint)orientation])])
            : WithExif(format, Encode(format, width, height, (x, y) => Stored(orientation, x, y)), Exif(orientation));
    }

    /// <summary>Puts EXIF data into an image file.</summary>
    public static byte[] WithExif(string format, byte[] image, byte[] exif) => format switch
    {
        "jpeg" => [.. image[..2], 0xFF, 0xE1, .. BigEndian(exif.Length + 8)[2..], .. "Exif\0\0"u8, .. exif, .. image[2..]],
        "png" => [.. image[..33], .. BigEndian(exif.Length), .. "eXIf"u8, .. exif, .. Checksum([.. "eXIf"u8, .. exif]), .. image[33..]],
        "webp" => WebP(image, exif),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>EXIF data that says nothing but an orientation.</summary>
    public static byte[] Exif(int orientation, bool isBigEndian = false) => isBigEndian
        ? [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0]
        : [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    public static byte[] Encode(string format, int width, int height, Func<int, int, SKColor> pixel)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, pixel(x, y));
        }
        using var data = bitmap.Encode(Enum.Parse<SKEncodedImageFormat>(format, ignoreCase: true), 100);
        return data.ToArray();
    }

    /// <summary>A TIFF file in one strip, of 8 bits and three channels unless the tags say otherwise.</summary>
    public static byte[] Tiff(int width, int height, byte[] strip, (ushort Tag, ushort Type, uint[] Values)[]? more = null)
    {
        var tags = new SortedDictionary<ushort, (ushort Type, uint[] Values)>
        {
            [256] = (4, [(uint)width]), [257] = (4, [(uint)height]), [258] = (3, [8, 8, 8]), [259] = (3, [1]), [262] = (3, [2]), [273] = (4, [8]), [277] = (3, [3]), [278] = (4, [(uint)height]),
            [279] = (4, [(uint)strip.Length]),
        };
        foreach (var (tag, type, values) in more ?? [])
            tags[tag] = (type, values);
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        var directory = (8 + strip.Length + 1) & ~1;
        writer.Write("II*\0"u8);
        writer.Write(directory);
        writer.Write(strip);
        file.Position = directory;
        writer.Write((ushort)tags.Count);
        var values0 = directory + 2 + (12 * tags.Count) + 4;
        using var long0 = new MemoryStream();
        foreach (var (tag, (type, values)) in tags)
        {
            byte[] bytes = [.. values.SelectMany(value => type == 3 ? BitConverter.GetBytes((ushort)value) : BitConverter.GetBytes(value))];
            writer.Write(tag);
            writer.Write(type);
            writer.Write(values.Length);
            if (bytes.Length > 4)
            {
                writer.Write(values0 + (int)long0.Length);
                long0.Write(bytes);
            }
            else
            {
                writer.Write([.. bytes, .. new byte[4 - bytes.Length]]);
            }
        }
        writer.Write(0);
        writer.Write(long0.ToArray());
        return file.ToArray();
    }

    /// <summary>A TGA file.</summary>
    public static byte[] Tga(int width, int height, byte kind, byte bits, byte[] data, byte descriptor = 0x20) =>
        [0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), bits, descriptor, .. data];

    /// <summary>Red, green and blue of the picture as it is stored.</summary>
    public static IEnumerable<byte> Pixels(int width, int height, int orientation) =>
        from y in Enumerable.Range(0, height)
        from x in Enumerable.Range(0, width)
        let pixel = Stored(orientation, x, y)
        from value in new[] { pixel.Red, pixel.Green, pixel.Blue }
        select value;

    public static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>The same image in the extended form, which can have EXIF data.</summary>
    private static byte[] Checksum(byte[] chunk)
    {
        var sum = new Crc32();
        sum.Append(chunk);
        return BigEndian((int)sum.Value);
    }

    private static byte[] WebP(byte[] image, byte[] exif)
    {
        using var codec = SKCodec.Create(new MemoryStream(image));
        var (width, height) = (codec.Info.Width - 1, codec.Info.Height - 1);
        byte[] chunks =
        [
            .. "WEBPVP8X"u8, 10, 0, 0, 0, 0x08, 0, 0, 0, (byte)width, (byte)(width >> 8), 0, (byte)height, (byte)(height >> 8), 0,
            .. image[12..], .. "EXIF"u8, .. BitConverter.GetBytes(exif.Length), .. exif,
        ];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(chunks.Length), .. chunks];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
