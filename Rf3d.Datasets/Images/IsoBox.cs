using System.Buffers.Binary;

namespace Rf3d.Datasets;

/// <summary>The boxes of ISO base media files, which HEIF files are: a length, a type of four letters, and a content that may be boxes.</summary>
internal static class IsoBox
{
    private const int HeaderLength = 8;
    private const int LongHeaderLength = 16;

    /// <summary>Reads the first box.</summary>
    /// <param name="boxes">Box after box.</param>
    /// <param name="type">Its four letters.</param>
    /// <param name="content">Its content.</param>
    /// <param name="next">Where the next one begins.</param>
    /// <returns>False where there is no box, or not the whole of it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> boxes, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content, out int next)
    {
        type = default;
        content = default;
        next = 0;
        if (boxes.Length < HeaderLength)
            return false;
        var (length, start) = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(boxes), HeaderLength);
        if (length == 1 && boxes.Length >= LongHeaderLength)
            (length, start) = (BinaryPrimitives.ReadUInt64BigEndian(boxes[HeaderLength..]), LongHeaderLength);
        else if (length == 0)
            length = (ulong)boxes.Length;
        if (length < (ulong)start || length > (ulong)boxes.Length)
            return false;
        type = boxes.Slice(4, 4);
        content = boxes[start..(int)length];
        next = (int)length;
        return true;
    }

    /// <summary>The content of the first box of a type.</summary>
    public static bool TryFind(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> wanted, out ReadOnlySpan<byte> content)
    {
        while (TryRead(boxes, out var type, out content, out var next))
        {
            if (type.SequenceEqual(wanted))
                return true;
            boxes = boxes[next..];
        }
        return false;
    }
}
