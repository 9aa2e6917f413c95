using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rf3d.MLNet;

/// <summary>The first bytes of an <see cref="ImageCacheFile"/>, all numbers little-endian.</summary>
/// <param name="Height">Height of the images in pixels.</param>
/// <param name="Width">Width of the images in pixels.</param>
/// <param name="Count">Number of images.</param>
/// <param name="TableLength">Bytes of the table after the pixels.</param>
internal sealed record ImageCacheHeader(int Height, int Width, int Count, int TableLength)
{
    public const int Length = 512;

    private const int Version = 2;
    private const int HashAt = 48;

    private static ReadOnlySpan<byte> Magic => "Rf3d image cache"u8;

    /// <summary>The checksum that the file has.</summary>
    public byte[] Hash { get; private init; } = [];

    public long TableAt => Length + ((long)Count * Height * Width * 3);

    public long FileLength => TableAt + TableLength;

    /// <exception cref="FormatException">They are the beginning of something else.</exception>
    public static ImageCacheHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
            throw new FormatException("is damaged, or no image cache");
        if (Number(bytes, 0) != Version)
            throw new FormatException("was written by another version");
        var header = new ImageCacheHeader(Number(bytes, 1), Number(bytes, 2), Number(bytes, 3), Number(bytes, 4)) { Hash = bytes.Slice(HashAt, SHA256.HashSizeInBytes).ToArray() };
        return header is { Height: > 0, Width: > 0, Count: > 0, TableLength: > 0 } ? header : throw new FormatException("is damaged: its header makes no sense");
    }

    /// <summary>The bytes, with the checksum that goes with a table.</summary>
    public byte[] Write(ReadOnlySpan<byte> table)
    {
        var bytes = Numbers();
        Checksum(table).CopyTo(bytes, HashAt);
        return bytes;
    }

    /// <summary>Over these numbers and the table.</summary>
    public byte[] Checksum(ReadOnlySpan<byte> table)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Numbers());
        hash.AppendData(table);
        return hash.GetHashAndReset();
    }

    private byte[] Numbers()
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        int[] numbers = [Version, Height, Width, Count, TableLength];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length + (i * sizeof(int))), numbers[i]);
        return bytes;
    }

    private static int Number(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt32LittleEndian(bytes[(Magic.Length + (index * sizeof(int)))..]);
}
