using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Hostile;

/// <summary>Image files made to take memory, to end a process, or to pass half an image for a whole one; and good ones, whose headers can be changed.</summary>
internal static class HostileImages
{
    // Made once: what they are made of has up to 192 MB.
    private static readonly ConcurrentDictionary<int, byte[]> LargeBySide = new();

    private static readonly Lazy<Dictionary<string, byte[]>> AllBombs = new(() => new()
    {
        ["kill.bmp"] = Bmp(1, 1, pixelOffset: unchecked((int)0x90000000)),
        ["30000.bmp"] = Bmp(30_000, 30_000),
        ["negative.bmp"] = Bmp(20_000, -20_000),
        ["smallest.bmp"] = Bmp(int.MaxValue, int.MinValue),
        ["65535.gif"] = Gif(65_535, 65_535),
        ["22000.jpg"] = Jpeg(22_000, 22_000),
        ["65500.jpg"] = Jpeg(65_500, 65_500),
        ["23000.png"] = Png(23_000, 23_000, []),
        ["60000.png"] = Png(60_000, 60_000, []),
        ["16384.webp"] = Webp(),
        // Valid: 256 megapixels of one bit in 32 kB.
        ["16000.png"] = Png(16_000, 16_000, new byte[16_000 * 2001], bits: 1, colour: 0),
        // Within the limit and cut short: memory for the size that it claims, and no more.
        ["9000.bmp"] = Bmp(9_000, 9_000),
        ["9000.jpg"] = Jpeg(9_000, 9_000),
        ["cut.jpg"] = Encoded(SKEncodedImageFormat.Jpeg)[..600],
        ["empty.png"] = [],
        // Formats that Skia can read and that are not supported. The decoder of raw photographs allocates memory before it reports the number of pixels.
        ["raw.jpg"] = [.. "II*\0\b\0\0\0"u8, 1, 0, 0x12, 0xC6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0, .. new byte[64]],
        ["icon.png"] = [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0, 0, 1, 0, 0, 22, 0, 0, 0, .. new byte[300]],
        ["wireless.bmp"] = [0, 0, 8, 8, 1, 2, 3, 4, 5, 6, 7, 8],
        ["text.webp"] = Encoding.UTF8.GetBytes("no image"),
    });

    /// <summary>Files of a few bytes that ask for gigabytes, and one at which decoding from a .NET stream ends the process.</summary>
    public static Dictionary<string, byte[]> Bombs() => AllBombs.Value;

    /// <summary>Valid, of 64 megapixels, in 190 kB.</summary>
    public static byte[] Large(int side = 8000) => LargeBySide.GetOrAdd(side, _ => Png(side, side, new byte[(long)side * ((3 * side) + 1)]));

    /// <summary>Good images and bombs, with a few bytes of the header changed: extreme sizes and random ones. The same ones for the same seed.</summary>
    public static IEnumerable<(string Name, byte[] Content)> Mutations(int seed, int each)
    {
        var random = new Random(seed);
        var bases = Bombs().Where(bomb => bomb.Value.Length is > 0 and < 10_000)
            .Append(new("good.jpg", Encoded(SKEncodedImageFormat.Jpeg))).Append(new("good.png", Encoded(SKEncodedImageFormat.Png))).Append(new("good.webp", Encoded(SKEncodedImageFormat.Webp)))
            .Append(new("good.bmp", Bmp(10, 10, length: 54 + 400))).Append(new("good.gif", Gif(8, 8)));
        byte[] extremes = [0, 1, 0x7F, 0x80, 0x90, 0xFE, 0xFF];
        foreach (var (name, content) in bases)
        {
            for (var i = 0; i < each; i++)
            {
                var mutated = content.ToArray();
                for (var change = random.Next(1, 5); change > 0; change--)
                    mutated[random.Next(Math.Min(64, mutated.Length))] = random.Next(2) == 0 ? extremes[random.Next(extremes.Length)] : (byte)random.Next(256);
                if (name.EndsWith(".png", StringComparison.Ordinal) && random.Next(4) > 0)
                    FixHeaderSum(mutated);
                yield return ($"{Path.GetFileNameWithoutExtension(name)}-{i:000}{Path.GetExtension(name)}", mutated);
            }
        }
    }

    private static byte[] Bmp(int width, int height, int pixelOffset = 54, int length = 154)
    {
        var file = new byte[length];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), pixelOffset);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        file[28] = 24;
        return pixelOffset == 54 ? file : file[..58];
    }

    /// <summary>A picture of one colour table and one code, whatever size is claimed.</summary>
    private static byte[] Gif(ushort width, ushort height)
    {
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        Sides();
        file.Write([0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0]);
        Sides();
        // A minimum code size of 2, and the codes clear, 0 .. 0, end.
        file.Write([0, 2, 22, 0x8C, 0x2D, 0x99, 0x87, 0x2A, 0x1C, 0xDC, 0x33, 0xA0, 0x02, 0x75, 0xEC, 0x95, 0xFA, 0xA8, 0xDE, 0x60, 0x8C, 0x04, 0x91, 0x4C, 0x01, 0, 0x3B]);
        return file.ToArray();

        void Sides() => file.Write([(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8)]);
    }

    /// <summary>A JPEG of 16 pixels a side whose frame header claims others.</summary>
    private static byte[] Jpeg(ushort width, ushort height)
    {
        var file = Encoded(SKEncodedImageFormat.Jpeg, 16);
        var frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), width);
        return file;
    }

    private static byte[] Png(int width, int height, byte[] rows, byte bits = 8, byte colour = 2)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n\u001a\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, colour);
        Chunk("IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows);
        Chunk("IDAT"u8, data.ToArray());
        Chunk("IEND"u8, []);
        return file.ToArray();

        void Chunk(ReadOnlySpan<byte> type, byte[] content)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(type);
            file.Write(content);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32([.. type, .. content]));
            file.Write(number);
        }
    }

    /// <summary>An extended header that claims 16,384 pixels a side, and no picture.</summary>
    private static byte[] Webp() => Convert.FromHexString("524946461e00000057454250565038580a00000000000000ff3f00ff3f005650382000000000");

    private static byte[] Encoded(SKEncodedImageFormat format, int side = 40)
    {
        using var bitmap = new SKBitmap(side, side);
        for (var i = 0; i < side * side; i++)
            bitmap.SetPixel(i % side, i / side, new SKColor((byte)i, (byte)(i / side), (byte)(7 * i)));
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static void FixHeaderSum(byte[] png) => BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32(png.AsSpan(12, 17)));

    private static uint Crc32(ReadOnlySpan<byte> content)
    {
        var sum = ~0u;
        foreach (var value in content)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
        }
        return ~sum;
    }
}
