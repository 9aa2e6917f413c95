using System.IO.Compression;

namespace Rf3d.MLNet;

/// <summary>Looks into a .zip that ML.NET saved a model to.</summary>
internal static class SavedModelFile
{
    // Each ML.NET model has an entry of its version, by whatever separator the system that wrote it had.
    private const string VersionEntry = "TrainingInfo";

    /// <summary>Whether the file begins like a .zip.</summary>
    public static bool IsZip(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\u0003\u0004"u8);
    }

    /// <summary>Whether ML.NET wrote the archive.</summary>
    /// <exception cref="InvalidDataException">The file is no .zip, or damaged.</exception>
    public static bool IsModel(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return zip.Entries.Any(entry => entry.FullName.StartsWith(VersionEntry, StringComparison.Ordinal));
    }

    /// <summary>The contents of all ONNX models in the file, in its order.</summary>
    /// <exception cref="InvalidDataException">The file is no .zip, or damaged.</exception>
    public static IEnumerable<byte[]> OnnxModels(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith("OnnxModel", StringComparison.Ordinal)))
        {
            using var stream = entry.Open();
            using var content = new BinaryReader(stream);
            yield return content.ReadBytes(content.ReadInt32());
        }
    }
}
