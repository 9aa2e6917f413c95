using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The file that train.py writes at the end of a training: weights by our names, and beside them the normalisation, images with their logits, and logits of validation images.</summary>
internal static class TrainScriptFile
{
    public const string Mean = "statistics.mean";
    public const string Deviation = "statistics.deviation";
    public const string CheckedImages = "check.images";

    private const string Kind = "rf3d.torchrun.trained";

    private static readonly string[] NoWeights = ["check.", "statistics.", "validation."];

    /// <summary>Whether a file says that it is one.</summary>
    public static bool Is(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault("kind") == Kind;

    /// <summary>The weights alone.</summary>
    public static IReadOnlyDictionary<string, SafeTensorEntry> Weights(IReadOnlyDictionary<string, SafeTensorEntry> tensors) => tensors
        .Where(tensor => !Array.Exists(NoWeights, start => tensor.Key.StartsWith(start, StringComparison.Ordinal)))
        .ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal);

    /// <summary>By which figures images were normalised, and the size that the network sees.</summary>
    /// <exception cref="FormatException">The file does not have them.</exception>
    public static PretrainedInput Input(IReadOnlyDictionary<string, SafeTensorEntry> tensors)
    {
        if (tensors.GetValueOrDefault(CheckedImages)?.Shape is not [_, 3, >= 1 and <= ConvNetFactory.MaximumImageSize and var height, >= 1 and <= ConvNetFactory.MaximumImageSize and var width])
            throw new FormatException($"it was written by train.py and lacks '{CheckedImages}' of 3 channels, from which the size of images shows. Copy the file again, or export and train again");
        var deviation = Figures(Deviation);
        if (deviation.Any(value => value <= 0))
            throw new FormatException($"its '{Deviation}' must be above 0");
        return new(new(Figures(Mean), deviation), (int)height, (int)width);

        float[] Figures(string name) => tensors.GetValueOrDefault(name) is { Type: "F32", Shape: [3] } tensor && tensor.ToFloats() is { } values && Array.TrueForAll(values, float.IsFinite)
            ? values
            : throw new FormatException($"it was written by train.py, and its '{name}' must be 3 finite numbers of F32");
    }
}
