using System.Security.Cryptography;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>
/// Opens a saved model as a network to start from: its plan, its weights as a training that starts from them reads them, and the preparation of images that its graph holds, as it is read from other
/// graphs.
/// </summary>
/// <param name="Network">The network.</param>
/// <param name="Model">The model, for the record of the training.</param>
/// <param name="Preparation">How its images are prepared before the graph sees them.</param>
internal sealed record SavedModelNetwork(PretrainedNetwork Network, ContinuedModel Model, ImagePreprocessing Preparation)
{
    /// <summary>Whether the model scores an image by the mean of itself and its mirror image.</summary>
    public required bool ScoresMirrored { get; init; }

    private static readonly PretrainedCache<SavedModelNetwork> Cache = new();

    /// <param name="path">The .zip.</param>
    /// <param name="temporary">The folder for ML.NET's temporary files; null for that of the system.</param>
    /// <exception cref="IOException">There is no such file, it cannot be read, or there is no room for temporary files.</exception>
    /// <exception cref="FormatException">The file is something else, or its network cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SavedModelNetwork Read(string path, string? temporary = null)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        return Cache.Get(path, manifest: null, () => ReadFile(path, temporary));
    }

    private static SavedModelNetwork ReadFile(string path, string? temporary)
    {
        // Others may replace the file meanwhile: only the one that was opened is read.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        // It scores nothing.
        using var model = Rf3dSavedModel.Load(new MLContext { TempFilePath = temporary ?? Path.GetTempPath() }, file, new() { Device = "cpu" });
        var weights = model.TrainedWeights();
        // Transparency is no part of the network.
        using var graph = new MemoryStream(model.ToOnnx(isOpaque: true));
        var input = OnnxWeightsFile.Read(graph, path, entry: null, Path.GetFileName(path), sha256).Input;
        var network = model.Plan.Optimized;
        return new(
            new(network, weights, input, Path.GetFileName(path), sha256) { Architecture = ArchitectureMatch.Of(network), License = model.History?.Pretrained?.License },
            new() { Classes = model.Classes, TrainingImages = model.History is { } history ? history.TrainingImages + (history.Pretrained is { LearnedValidationImages: true } ? history.ValidationImages : 0) : null, Pretrained = model.History?.Pretrained },
            model.Preprocessing)
        {
            ScoresMirrored = model.ScoresMirrored,
        };
    }
}
