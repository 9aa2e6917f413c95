using System.Buffers.Binary;

namespace Rf3d.Datasets;

/// <summary>The first directory of a TIFF file, or of EXIF data, which has the same form: figures by the number of their tag.</summary>
internal readonly ref struct TiffDirectory
{
    private const int HeaderLength = 8;
    private const int EntryLength = 12;
    private const int ValueInEntry = 8;
    private const ushort Byte = 1, Short = 3, Long = 4;

    private readonly ReadOnlySpan<byte> _content;
    private readonly ReadOnlySpan<byte> _entries;
    private readonly bool _isBigEndian;

    private TiffDirectory(ReadOnlySpan<byte> content, ReadOnlySpan<byte> entries, bool isBigEndian)
    {
        _content = content;
        _entries = entries;
        _isBigEndian = isBigEndian;
    }

    /// <param name="content">Begins with the header of a TIFF file.</param>
    /// <param name="directory">The directory.</param>
    /// <returns>False where the directory is not within the content.</returns>
    public static bool TryRead(ReadOnlySpan<byte> content, out TiffDirectory directory)
    {
        directory = default;
        if (content.Length < HeaderLength)
            return false;
        var isBigEndian = content[0] == 'M';
        var start = Long4(content[4..], isBigEndian);
        if (start > content.Length - 2)
            return false;
        var length = EntryLength * Short2(content[(int)start..], isBigEndian);
        if (length > content.Length - start - 2)
            return false;
        directory = new(content, content.Slice((int)start + 2, length), isBigEndian);
        return true;
    }

    public bool Has(ushort tag) => !Entry(tag).IsEmpty;

    /// <summary>The first value of a tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="otherwise">The value where the tag is missing, of another type, or outside the content.</param>
    public uint Value(ushort tag, uint otherwise) => TryValues(tag, out var values, 1) && values.Length > 0 ? values[0] : otherwise;

    /// <summary>The values of a tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="values">None where the tag is missing or of another type.</param>
    /// <param name="most">The number of values that are wanted.</param>
    /// <returns>False where they are not within the content.</returns>
    public bool TryValues(ushort tag, out uint[] values, int most = int.MaxValue)
    {
        values = [];
        var entry = Entry(tag);
        if (entry.IsEmpty)
            return true;
        var size = Short2(entry[2..], _isBigEndian) switch
        {
            Byte => 1,
            Short => 2,
            Long => 4,
            _ => 0,
        };
        var count = (long)Long4(entry[4..], _isBigEndian);
        if (size == 0)
            return true;
        var at = entry[ValueInEntry..];
        if (count * size > 4)
        {
            var start = Long4(at, _isBigEndian);
            if (start > _content.Length || count * size > _content.Length - start)
                return false;
            at = _content[(int)start..];
        }
        values = new uint[Math.Min(count, most)];
        for (var i = 0; i < values.Length; i++)
            values[i] = size switch { 1 => at[i], 2 => Short2(at[(2 * i)..], _isBigEndian), _ => Long4(at[(4 * i)..], _isBigEndian) };
        return true;
    }

    private ReadOnlySpan<byte> Entry(ushort tag)
    {
        for (var at = 0; at < _entries.Length; at += EntryLength)
        {
            if (Short2(_entries[at..], _isBigEndian) == tag)
                return _entries.Slice(at, EntryLength);
        }
        return default;
    }

    private static ushort Short2(ReadOnlySpan<byte> at, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static uint Long4(ReadOnlySpan<byte> at, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
}
