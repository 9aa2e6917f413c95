using System.Buffers.Binary;
using System.Collections.Frozen;

namespace Rf3d.Datasets;

/// <summary>
/// Which files can be images. The content decides how a file is decoded; its extension says only whether it is an image before the content is read.
/// </summary>
internal static class ImageFormats
{
    /// <summary>The formats, for messages.</summary>
    public const string Names = "JPEG, PNG, BMP, GIF, WebP, TIFF, PBM, PGM, PPM or TGA";

    // The brands of a HEIF container begin after the length and the name of the box, the main brand and its version.
    private const int Brands = 16;
    private const int BytesLookedAt = 64;

    // Raw photographs begin as TIFF does, and hold a small preview of the picture where a TIFF has the image.
    private static readonly FrozenSet<string> OtherExtensions = FrozenSet.ToFrozenSet(
        [".dng", ".nef", ".nrw", ".cr2", ".arw", ".sr2", ".srf", ".srw", ".pef", ".3fr", ".fff", ".iiq", ".erf", ".mef", ".mos", ".dcr", ".kdc", ".rwl"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The extensions of image files, with the dot, in lower case; upper and lower case are the same.</summary>
    public static FrozenSet<string> Extensions { get; } = FrozenSet.ToFrozenSet(
        [
            ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm", ".tga",
            ".heic", ".heif", ".hif", ".avif",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file is to be read as an image: by its extension, or by its first bytes where it has none or an unknown one.</summary>
    /// <param name="path">The file. One that cannot be opened, or is no regular file, is an image only by its extension.</param>
    public static bool MayBeImage(string path)
    {
        var extension = Path.GetExtension(path);
        return Extensions.Contains(extension) || (!OtherExtensions.Contains(extension) && BeginsAsImage(path));
    }

    /// <summary>The format of a content.</summary>
    /// <param name="content">The content, or its beginning.</param>
    public static ImageFormat Of(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith([(byte)0xFF, (byte)0xD8, (byte)0xFF]))
            return ImageFormat.Jpeg;
        if (content.StartsWith([(byte)0x89, .. "PNG"u8]))
            return ImageFormat.Png;
        if (content.StartsWith("BM"u8))
            return ImageFormat.Bmp;
        if (content.StartsWith("GIF8"u8))
            return ImageFormat.Gif;
        if (content.Length > 12 && content.StartsWith("RIFF"u8) && content[8..].StartsWith("WEBP"u8))
            return ImageFormat.WebP;
        if (content.StartsWith("II*\0"u8) || content.StartsWith("MM\0*"u8))
            return ImageFormat.Tiff;
        if (content is [(byte)'P', >= (byte)'1' and <= (byte)'6', (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'#', ..])
            return ImageFormat.Netpbm;
        if (content.Length >= Brands && content[4..].StartsWith("ftyp"u8))
            return OfBrands(content);
        return IsTga(content) ? ImageFormat.Tga : ImageFormat.None;
    }

    private static bool BeginsAsImage(string path)
    {
        try
        {
            using var file = RegularFile.Open(path);
            Span<byte> content = stackalloc byte[BytesLookedAt];
            // Two letters begin many a text; TGA has no signature at all.
            return Of(content[..RandomAccess.Read(file, content, 0)]) switch
            {
                ImageFormat.None or ImageFormat.Tga => false,
                ImageFormat.Bmp => BinaryPrimitives.ReadInt32LittleEndian(content[14..]) is >= 12 and <= 124,
                ImageFormat.Netpbm => content[3..].IndexOfAnyInRange((byte)'0', (byte)'9') >= 0,
                _ => true,
            };
        }
        catch (Exception error) when (error is IOException or NotSupportedException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static ImageFormat OfBrands(ReadOnlySpan<byte> content)
    {
        var end = Math.Clamp(BinaryPrimitives.ReadInt32BigEndian(content), Brands, content.Length);
        if (Has(content[..end], "avif"u8) || Has(content[..end], "avis"u8))
            return ImageFormat.Avif;
        return Has(content[..end], "heic"u8) || Has(content[..end], "heix"u8) || Has(content[..end], "hevc"u8) || Has(content[..end], "mif1"u8) || Has(content[..end], "msf1"u8)
            ? ImageFormat.Heif
            : ImageFormat.None;
    }

    private static bool Has(ReadOnlySpan<byte> box, ReadOnlySpan<byte> brand)
    {
        for (var at = 8; at + 4 <= box.Length; at += 4)
        {
            if (box[at..].StartsWith(brand))
                return true;
        }
        return false;
    }

    /// <summary>TGA has no signature; a header in which all fields have values that occur is taken for one.</summary>
    private static bool IsTga(ReadOnlySpan<byte> content)
    {
        if (content.Length < 18)
            return false;
        var hasPalette = content[1] == 1;
        var kind = content[2] & 7;
        return content[1] <= 1
            && content[2] is 1 or 2 or 3 or 9 or 10 or 11
            && (hasPalette ? content[7] is 15 or 16 or 24 or 32 : kind != 1 && content[3..8].IndexOfAnyExcept((byte)0) < 0)
            && BinaryPrimitives.ReadUInt16LittleEndian(content[12..]) > 0
            && BinaryPrimitives.ReadUInt16LittleEndian(content[14..]) > 0
            && content[16] is 8 or 15 or 16 or 24 or 32
            && (content[17] & 0xC0) == 0
            && (content[17] & 0x0F) <= 8;
    }
}
