using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>
/// A file of bytes in the IDX format: two zeros, the type of the values (8 for bytes), the number of dimensions, and each of them as four bytes, big end first. Source:
/// http://yann.lecun.com/exdb/mnist. The sizes in the header are compared with the length of the file before memory is taken.
/// </summary>
internal sealed class IdxFile
{
    private const byte UnsignedByte = 8;

    // The best ratio of deflate: 258 bytes in two bits.
    private const int BestRatio = 1032;

    private readonly byte[]? _unpacked;
    private readonly long _start;

    private IdxFile(string path, int[] dimensions, long start, byte[]? unpacked) => (Path, Dimensions, _start, _unpacked) = (path, dimensions, start, unpacked);

    public string Path { get; }

    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>Bytes of one of the items that the first dimension counts.</summary>
    public int ItemBytes => Dimensions.Skip(1).Aggregate(1, (product, dimension) => product * dimension);

    /// <param name="path">The file, packed with gzip if its name ends in .gz.</param>
    /// <param name="dimensions">The dimensions that it must have.</param>
    /// <exception cref="InvalidDataException">It is not such a file, is cut short, or is too long.</exception>
    public static IdxFile Open(string path, int dimensions)
    {
        if (SpecialFile.Is(path))
            throw new InvalidDataException($"'{path}' is a pipe, a socket or a device.");
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Packed(path, dimensions) : Plain(path, dimensions);
    }

    /// <summary>Opens the file for <see cref="Read"/>; null where it is in memory.</summary>
    public SafeFileHandle? OpenHandle() => _unpacked is null ? File.OpenHandle(Path) : null;

    /// <summary>Reads one item.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void Read(SafeFileHandle? handle, long item, Span<byte> bytes)
    {
        var at = item * bytes.Length;
        if (_unpacked is not null)
        {
            _unpacked.AsSpan((int)at, bytes.Length).CopyTo(bytes);
            return;
        }
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(handle!, bytes[read..], _start + at + read);
            if (more == 0)
                throw new InvalidDataException($"'{Path}' was longer when it was loaded: it must not change while in use.");
            read += more;
        }
    }

    private static IdxFile Plain(string path, int dimensions)
    {
        using var file = File.OpenRead(path);
        var (sizes, count) = Header(path, file, dimensions);
        var start = 4 + (4 * dimensions);
        if (file.Length != start + count)
            throw Wrong(path, $"its header says {Text(sizes)} bytes after the first {start}, and it has {file.Length - start} (it is {(file.Length < start + count ? "cut short" : "too long")})");
        return new(path, sizes, start, null);
    }

    private static IdxFile Packed(string path, int dimensions)
    {
        using var file = File.OpenRead(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        var (sizes, count) = Header(path, unpacked, dimensions);
        if (count > file.Length * BestRatio)
            throw Wrong(path, $"its header says {Text(sizes)} bytes, more than a file of {file.Length} bytes can hold");
        if (count > Array.MaxLength)
            throw Wrong(path, $"it has {count} bytes, too many for memory: unpack it with gunzip");
        var bytes = new byte[count];
        var read = ReadUpTo(path, unpacked, bytes);
        if (read < bytes.Length)
            throw Wrong(path, $"its header says {Text(sizes)} bytes, and it has {read} (it is cut short)");
        return ReadUpTo(path, unpacked, new byte[1]) == 0
            ? new(path, sizes, 0, bytes)
            : throw Wrong(path, $"its header says {Text(sizes)} bytes, and it has more (it is too long)");
    }

    private static int ReadUpTo(string path, Stream stream, byte[] bytes)
    {
        try
        {
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException error)
        {
            throw Wrong(path, $"it is not packed with gzip, or is damaged ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static (int[] Sizes, long Count) Header(string path, Stream stream, int dimensions)
    {
        var header = new byte[4 + (4 * dimensions)];
        if (ReadUpTo(path, stream, header) < header.Length)
            throw Wrong(path, "it ends within its header");
        if (header is not [0, 0, UnsignedByte, ..] || header[3] != dimensions)
            throw Wrong(path, $"it does not begin as an IDX file of bytes in {dimensions} dimensions");
        var sizes = new int[dimensions];
        // Each is below 2³¹, so that the product of two fits; the limit keeps that of three from overflowing.
        var count = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)));
            if (sizes[i] < 1 || count > long.MaxValue / sizes[i])
                throw Wrong(path, $"its header says {string.Join(" × ", sizes[..(i + 1)])}");
            count *= sizes[i];
        }
        return (sizes, count);
    }

    private static string Text(int[] sizes) => string.Join(" × ", sizes);

    private static InvalidDataException Wrong(string path, FormattableString what, Exception? inner = null) => Wrong(path, what.ToString(CultureInfo.InvariantCulture), inner);

    private static InvalidDataException Wrong(string path, string what, Exception? inner = null) => new($"'{path}' is not a file of MNIST: {what}.", inner);
}
