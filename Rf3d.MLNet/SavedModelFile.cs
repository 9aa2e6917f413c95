using System.IO.Compression;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>Looks into a .zip that ML.NET saved a model to.</summary>
internal static class SavedModelFile
{
    // Each ML.NET model has an entry of its version, by whatever separator the system that wrote it had.
    private const string VersionEntry = "TrainingInfo";

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

    /// <summary>Whether ML.NET wrote the archive.</summary>
    /// <exception cref="InvalidDataException">The file is no .zip, or damaged.</exception>
    public static bool IsModel(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return zip.Entries.Any(entry => entry.FullName.StartsWith(VersionEntry, StringComparison.Ordinal));
    }

    /// <summary>The transformers of a model, without the chains around them.</summary>
    public static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
