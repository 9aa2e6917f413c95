using System.IO.Compression;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>Looks into a .zip that ML.NET saved a model to.</summary>
internal static class SavedModelFile
{
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

    /// <summary>The transformers of a model, without the chains around them.</summary>
    public static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
