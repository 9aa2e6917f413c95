using System.Buffers.Binary;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// The orientation in the EXIF data of JPEG, PNG and WebP files: cameras store the pixels as they lie on the sensor, and which edge was up. The numbers 1 to 8 of EXIF are
/// those of <see cref="SKEncodedOrigin"/>.
/// </summary>
internal static class ExifOrigin
{
    private const ushort OrientationTag = 0x0112;

    /// <param name="format">The format of the content.</param>
    /// <param name="content">The content of an image file.</param>
    /// <returns>TopLeft where the file says nothing, or nothing that has a meaning.</returns>
    public static SKEncodedOrigin Of(ImageFormat format, ReadOnlySpan<byte> content) => format switch
    {
        ImageFormat.Jpeg => InJpeg(content),
        ImageFormat.Png => InPng(content),
        ImageFormat.WebP => InWebP(content),
        _ => SKEncodedOrigin.TopLeft,
    };

    /// <summary>The orientation in a TIFF directory, which EXIF data is.</summary>
    public static SKEncodedOrigin Of(TiffDirectory directory) => directory.Value(OrientationTag, 1) switch
    {
        >= 1 and <= 8 and var origin => (SKEncodedOrigin)origin,
        _ => SKEncodedOrigin.TopLeft,
    };

    private static SKEncodedOrigin OfExif(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0"u8) && exif.Length > 6)
            exif = exif[6..];
        return ImageFormats.Of(exif) == ImageFormat.Tiff && TiffDirectory.TryRead(exif, out var directory) ? Of(directory) : SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin InJpeg(ReadOnlySpan<byte> content)
    {
        const byte Marker = 0xFF, App1 = 0xE1, StartOfScan = 0xDA, EndOfImage = 0xD9;
        for (var at = 2; at + 4 <= content.Length && content[at] == Marker;)
        {
            var kind = content[at + 1];
            // Any number of these may stand before a marker.
            if (kind == Marker)
            {
                at++;
                continue;
            }
            if (kind is StartOfScan or EndOfImage)
                break;
            var length = BinaryPrimitives.ReadUInt16BigEndian(content[(at + 2)..]);
            if (length < 2 || at + 2 + length > content.Length)
                break;
            var segment = content.Slice(at + 4, length - 2);
            if (kind == App1 && segment.StartsWith("Exif\0"u8))
                return OfExif(segment);
            at += 2 + length;
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin InPng(ReadOnlySpan<byte> content)
    {
        for (var at = 8; at + 12 <= content.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(content[at..]);
            if (length > content.Length - at - 12)
                break;
            if (content[(at + 4)..].StartsWith("eXIf"u8))
                return OfExif(content.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin InWebP(ReadOnlySpan<byte> content)
    {
        for (var at = 12; at + 8 <= content.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(content[(at + 4)..]);
            if (length > content.Length - at - 8)
                break;
            if (content[at..].StartsWith("EXIF"u8))
                return OfExif(content.Slice(at + 8, (int)length));
            // Chunks begin at even places.
            at += 8 + (int)length + (int)(length & 1);
        }
        return SKEncodedOrigin.TopLeft;
    }
}
