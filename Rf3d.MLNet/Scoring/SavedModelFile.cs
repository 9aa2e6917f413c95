using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Rf3d.MLNet;

/// <summary>Looks into a .zip that ML.NET saved a model to. The errors do not name the file.</summary>
internal static class SavedModelFile
{
    // Each ML.NET model has an entry of its version, by whatever separator the system that wrote it had.
    private const string VersionEntry = "TrainingInfo";
    private const string NetworkEntry = "OnnxModel";

    /// <summary>Whether the file begins like a .zip.</summary>
    public static bool IsZip(string path)
    {
        using var file = File.OpenRead(path);
        return IsZip(file);
    }

    /// <summary>Whether the content begins like a .zip. The position is at the beginning afterwards.</summary>
    public static bool IsZip(Stream content)
    {
        content.Position = 0;
        Span<byte> start = stackalloc byte[4];
        var isZip = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\u0003\u0004"u8);
        content.Position = 0;
        return isZip;
    }

    /// <summary>Reads every entry and compares it with its length and checksum; neither ML.NET nor .NET does.</summary>
    /// <exception cref="FormatException">The content is something else than a .zip that ML.NET saved a model to.</exception>
    /// <exception cref="InvalidDataException">The content is damaged, or an entry is too large.</exception>
    public static void Check(Stream content)
    {
        if (content.Length == 0)
            throw new FormatException("it is empty");
        if (!IsZip(content))
            throw new FormatException("it is no .zip");
        using var zip = Open(content);
        if (!zip.Entries.Any(entry => entry.FullName.StartsWith(VersionEntry, StringComparison.Ordinal)))
            throw new FormatException("it is a .zip, but not one that ML.NET saved a model to");
        ZipCheck.Run(zip);
    }

    /// <summary>The contents of all ONNX models in the file, in its order.</summary>
    /// <exception cref="InvalidDataException">The content is no .zip, or damaged.</exception>
    public static IEnumerable<byte[]> OnnxModels(Stream content)
    {
        using var zip = Open(content);
        foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith(NetworkEntry, StringComparison.Ordinal)))
        {
            using var stream = entry.Open();
            var length = new byte[sizeof(int)];
            stream.ReadExactly(length);
            var bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (bytes < 0 || bytes > entry.Length - sizeof(int))
                throw new InvalidDataException($"its network is said to have {bytes.ToString(CultureInfo.InvariantCulture)} bytes, and has not");
            var network = new byte[bytes];
            stream.ReadExactly(network);
            yield return network;
        }
    }

    /// <summary>
    /// The network of this trainer that gives the file's result, and its place among <see cref="OnnxModels"/>, from 0; null where there is none. A pipeline may score with
    /// an earlier classifier first: the last one counts.
    /// </summary>
    /// <exception cref="FormatException">A network cannot be read.</exception>
    /// <exception cref="InvalidDataException">The content is no .zip, or damaged.</exception>
    public static (int Index, byte[] Network)? OwnNetwork(Stream content)
    {
        (int, byte[])? own = null;
        foreach (var (index, network) in OnnxModels(content).Index())
            own = OnnxWeights.Parse(network) is null ? own : (index, network);
        return own;
    }

    /// <summary>Puts another network in the place of one in the file, without compression: weights hardly get smaller by it, and it takes a second for each 30 MB.</summary>
    /// <param name="content">The .zip.</param>
    /// <param name="network">The other network.</param>
    /// <param name="index">Which of <see cref="OnnxModels"/> it replaces, from 0. It becomes the last one.</param>
    public static void ReplaceNetwork(Stream content, byte[] network, int index = 0)
    {
        content.Position = 0;
        using var zip = new ZipArchive(content, ZipArchiveMode.Update, leaveOpen: true);
        var entry = zip.Entries.Where(entry => entry.FullName.EndsWith(NetworkEntry, StringComparison.Ordinal)).ElementAt(index);
        var name = entry.FullName;
        entry.Delete();
        using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, network.Length);
        stream.Write(length);
        stream.Write(network);
    }

    private static ZipArchive Open(Stream content)
    {
        content.Position = 0;
        return new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
    }
}
