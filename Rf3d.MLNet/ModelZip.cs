using System.IO.Compression;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>What a model's .zip is made of, where ML.NET has no public way to ask.</summary>
internal static class ModelZip
{
    /// <summary>The ONNX models in a .zip. A pipeline may have others besides ours.</summary>
    /// <exception cref="InvalidDataException">The file is no .zip, or damaged.</exception>
    public static IEnumerable<byte[]> Networks(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith("OnnxModel", StringComparison.Ordinal)))
        {
            using var stream = entry.Open();
            using var content = new BinaryReader(stream);
            yield return content.ReadBytes(content.ReadInt32());
        }
    }

    /// <summary>The transformers of a loaded model, those of chains within it one by one.</summary>
    public static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
