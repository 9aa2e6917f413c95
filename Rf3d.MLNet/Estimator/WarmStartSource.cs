using Microsoft.ML;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads the weights that a training starts from, under the names that our layers have.</summary>
/// <param name="Weights">The weights.</param>
/// <param name="HaveIdentityBranches">Whether they are those of kernels with a <see cref="IdentityBranch"/>.</param>
internal sealed record WarmStartSource(WeightTable Weights, bool HaveIdentityBranches)
{
    /// <summary>Layers of the file that no network has under a known name. Their values are not read.</summary>
    public IReadOnlyList<string> UnknownLayers { get; private init; } = [];

    /// <summary>From a .zip of this trainer, one of its checkpoints, or a safetensors file; its content tells which.</summary>
    /// <param name="path">The file.</param>
    /// <param name="temporary">The folder for ML.NET's temporary files; null for that of the system.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is none of these, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read, or there is no room for temporary files.</exception>
    public static WarmStartSource Read(string path, string? temporary = null)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"Pretrained: there is no file '{path}'.", path);
        try
        {
            using var file = File.OpenRead(path);
            return WeightsFile.KindOf(file) is WeightsFileKind.OtherZip ? new(FromModel(file, temporary), false) : FromTensors(SafeTensors.Read(file), path);
        }
        // ML.NET throws the last two where a step of the user's own pipeline cannot be loaded.
        catch (Exception error) when (error is FormatException or InvalidDataException or EndOfStreamException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException(
                $"Pretrained: '{path}' cannot be used: {error.Message.TrimEnd('.')}. It takes a .zip that this trainer's model was saved to, a checkpoint, or weights as .safetensors.", error);
        }
    }

    /// <summary>The share of a side that the network of a saved model sees. Null if the file is not a model of this trainer or its network sees all of an image. <see cref="Read"/> reports errors of the file.</summary>
    public static double? CropShareOf(string path)
    {
        try
        {
            if (!SavedModelFile.IsZip(path))
                return null;
            using var file = File.OpenRead(path);
            return ModelRecord.In(file) is { Resized: { } resized, Plan: var plan } && (plan.Optimized ?? plan.Organized ?? plan.Original).Input is { } input && input.Height <= resized.Height
                ? (double)input.Height / resized.Height
                : null;
        }
        catch (Exception error) when (error is IOException or FormatException or InvalidDataException)
        {
            return null;
        }
    }

    private static WarmStartSource FromTensors(SafeTensors file, string path)
    {
        if (!Checkpoint.Is(file))
            return FromForeign(file.Tensors, TimmConfig.Beside(path)?.Architecture);
        var checkpoint = Checkpoint.From(file);
        // The trainer would have returned the best weights.
        var table = new WeightTable();
        foreach (var (stored, name) in TrainingState.WeightNames(checkpoint))
        {
            if (checkpoint.Tensors[stored] is var tensor && tensor.ToFloats() is { } values)
                table[name] = new(tensor.Shape, values);
        }
        return new(table, checkpoint.Progress.Reparameterization);
    }

    /// <summary>From tensors with the names of torchvision, timm, or this library.</summary>
    /// <param name="tensors">The tensors of the file.</param>
    /// <param name="architecture">timm's name of the network; null where it is not said.</param>
    /// <exception cref="FormatException">They are of a type, or of a network, that is not read.</exception>
    internal static WarmStartSource FromForeign(IReadOnlyDictionary<string, SafeTensorEntry> tensors, string? architecture)
    {
        var named = NamedTensors.Of(tensors, architecture, takesHalf: true);
        var unknown = named.Unknown.Keys.Where(name => name.EndsWith(WeightTable.Weight, StringComparison.Ordinal)).Select(name => name[..^WeightTable.Weight.Length]);
        return new(named.ToTable(), false) { UnknownLayers = [.. unknown] };
    }

    private static WeightTable FromModel(FileStream file, string? temporary)
    {
        using var model = SavedModel.Read(new MLContext { TempFilePath = temporary ?? Path.GetTempPath() }, file);
        return model.TrainedWeights();
    }
}
