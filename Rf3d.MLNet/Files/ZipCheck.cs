using System.Buffers;
using System.Globalization;
using System.IO.Compression;

namespace Rf3d.MLNet;

/// <summary>
/// Compares the entries of a .zip with their lengths and checksums, which neither ML.NET nor .NET does: without it a changed byte of a model loads, and scores something else.
/// This file and Crc32.cs need .NET alone: 'rf3d' puts them into the applications that it generates.
/// </summary>
internal static class ZipCheck
{
    // The most bytes that a protobuf message, and so an ONNX model, may have.
    private const long LargestEntry = int.MaxValue;

    // Weights hardly shrink; a few bytes that unpack to gigabytes are no model.
    private const long LargestUnlessInProportion = 64_000_000;
    private const long LargestProportion = 100;

    /// <summary>Reads every entry. The errors name no file.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, or unpacks to far more than it should; found before that is unpacked.</exception>
    public static void Run(ZipArchive zip)
    {
        var (length, packed) = (0L, 0L);
        foreach (var entry in zip.Entries)
        {
            RequireSize(entry);
            (length, packed) = (length + entry.Length, packed + entry.CompressedLength);
        }
        RequireProportion("it", length, packed);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            foreach (var entry in zip.Entries)
                Compare(entry, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void RequireSize(ZipArchiveEntry entry)
    {
        if (entry.Length > LargestEntry)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"its entry '{entry.FullName}' has {entry.Length / 1e9:0.0} GB; more than 2 GB are not read"));
        RequireProportion($"its entry '{entry.FullName}'", entry.Length, entry.CompressedLength);
    }

    private static void RequireProportion(string what, long length, long packed)
    {
        if (length > LargestUnlessInProportion && length / LargestProportion > packed)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{what} would unpack from {packed / 1e6:0.0} MB to {length / 1e6:0.0} MB, which no model does"));
    }

    private static void Compare(ZipArchiveEntry entry, byte[] buffer)
    {
        using var stream = entry.Open();
        var (checksum, length) = (new Crc32(), 0L);
        while (stream.Read(buffer) is > 0 and var read)
        {
            length += read;
            if (length > entry.Length)
                break;
            checksum.Append(buffer.AsSpan(0, read));
        }
        if (length != entry.Length || checksum.Value != entry.Crc32)
            throw new InvalidDataException($"its entry '{entry.FullName}' is not what its checksum says");
    }
}
