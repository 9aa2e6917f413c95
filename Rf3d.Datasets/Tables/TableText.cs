using System.Globalization;
using System.Text;

namespace Rf3d.Datasets;

/// <summary>Reads a file of text strictly: UTF-8, or UTF-16 with a byte order mark. A character that is taken for another one would make another file or another class of it.</summary>
internal static class TableText
{
    private const long LargestFile = 1L << 30;

    /// <returns>The text as UTF-8 without a byte order mark.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not text in one of these encodings.</exception>
    public static byte[] Read(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"There is no table '{file}'.", file);
        if (SpecialFile.Is(file))
            throw new InvalidDataException($"'{file}' is a pipe, a socket or a device; a table must be a file.");
        if (new FileInfo(file).Length > LargestFile)
            throw new InvalidDataException($"'{file}' has more than 1 GiB, which is no table of labels.");
        var bytes = File.ReadAllBytes(file);
        if (bytes is [0xFF, 0xFE, ..])
            return FromUtf16(file, bytes, isBigEndian: false);
        if (bytes is [0xFE, 0xFF, ..])
            return FromUtf16(file, bytes, isBigEndian: true);
        var text = bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes;
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(text);
        }
        catch (DecoderFallbackException error)
        {
            throw NotText(file, text, error.Index, error);
        }
        return text.IndexOf((byte)0) is >= 0 and var zero ? throw NotText(file, text, zero, null) : text;
    }

    private static byte[] FromUtf16(string file, byte[] bytes, bool isBigEndian)
    {
        try
        {
            return Encoding.UTF8.GetBytes(new UnicodeEncoding(isBigEndian, byteOrderMark: true, throwOnInvalidBytes: true).GetString(bytes.AsSpan(2)));
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"'{file}' is not text in UTF-16, as its first bytes say. Save it as UTF-8.", error);
        }
    }

    private static InvalidDataException NotText(string file, byte[] bytes, int index, Exception? inner) => new(
        string.Create(CultureInfo.InvariantCulture, $"'{file}' is not text in UTF-8: line {bytes.AsSpan(0, Math.Max(0, index)).Count((byte)'\n') + 1} has a byte that does not belong there. Save it as UTF-8 (in Excel: \"CSV UTF-8\")."), inner);
}
