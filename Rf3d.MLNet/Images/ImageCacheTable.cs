using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>The part of an <see cref="ImageCacheFile"/> other than pixels.</summary>
/// <param name="Key">Identity of its source and preparation.</param>
/// <param name="Rows">Tells the rows of the data from those of other data from the same source.</param>
/// <param name="Unlabelled">Rows of the data that are left out for lack of a label.</param>
/// <param name="Places">Where the pixels of each row are.</param>
/// <param name="Images">The index of the images.</param>
internal sealed record ImageCacheTable(string Key, string Rows, long Unlabelled, int[] Places, ImageEntry[] Images)
{
    /// <summary>What the data set knew of its files, in a form of its own; empty where it says nothing.</summary>
    public byte[] Files { get; init; } = [];

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Key);
        writer.Write(Rows);
        writer.Write(Unlabelled);
        writer.Write(Files.Length);
        writer.Write(Files);
        writer.Write(MemoryMarshal.AsBytes(Places.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(Images.AsSpan()));
        writer.Flush();
        return stream.ToArray();
    }

    /// <param name="bytes">The result of <see cref="Write"/>, which the checksum verifies.</param>
    /// <param name="header">Has the number of images.</param>
    public static ImageCacheTable Read(byte[] bytes, ImageCacheHeader header)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var (key, rows, unlabelled) = (reader.ReadString(), reader.ReadString(), reader.ReadInt64());
        var files = reader.ReadBytes(reader.ReadInt32());
        var (places, images) = (new int[header.Count], new ImageEntry[header.Count]);
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(places.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(images.AsSpan()));
        return new(key, rows, unlabelled, places, images) { Files = files };
    }
}
