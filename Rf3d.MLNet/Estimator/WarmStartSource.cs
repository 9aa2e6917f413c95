using Microsoft.ML;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads the weights that a training starts from, under the names that our layers have.</summary>
/// <param name="Weights">The weights.</param>
/// <param name="HaveIdentityBranches">Whether they are those of kernels with a <see cref="IdentityBranch"/>.</param>
internal sealed record WarmStartSource(WeightTable Weights, bool HaveIdentityBranches)
{
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
            if (SavedModelFile.IsZip(path))
                return new(FromModel(path, temporary), false);
            using var file = File.OpenRead(path);
            return FromTensors(SafeTensors.Read(file));
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

    private static WarmStartSource FromTensors(SafeTensors file)
    {
        if (!Checkpoint.Is(file))
            return new(FromForeign(file.Tensors), false);
        var checkpoint = Checkpoint.From(file);
        // The trainer would have returned the best weights.
        return new(Named(checkpoint.Tensors, TrainingState.WeightNames(checkpoint)), checkpoint.Progress.Reparameterization);
    }

    private static WeightTable FromForeign(IReadOnlyDictionary<string, SafeTensorEntry> tensors)
    {
        var names = TorchvisionNames.Map(tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape.Length));
        // A file may also have the names that the layers have here.
        return Named(tensors, names.Count > 0 ? names : tensors.Keys.ToDictionary(name => name));
    }

    private static WeightTable Named(IReadOnlyDictionary<string, SafeTensorEntry> tensors, IReadOnlyDictionary<string, string> names)
    {
        var table = new WeightTable();
        foreach (var (theirs, ours) in names)
        {
            if (tensors[theirs].ToFloats() is { } values)
                table[ours] = new(tensors[theirs].Shape, values);
        }
        return table;
    }

    private static WeightTable FromModel(string path, string? temporary)
    {
        using var file = File.OpenRead(path);
        using var model = SavedModel.Read(new MLContext { TempFilePath = temporary ?? Path.GetTempPath() }, file);
        return model.TrainedWeights();
    }
}
