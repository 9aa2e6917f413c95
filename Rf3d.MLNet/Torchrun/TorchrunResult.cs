using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The result of train.py: weights, normalisation, history, images with their logits, and the logits of validation images.</summary>
internal sealed record TorchrunResult(WeightTable Weights, ChannelStatistics Statistics, TrainingHistory History, byte[] Images, long[] ImageShape, float[] Logits)
{
    private const string ValidationLabels = "validation.labels";

    /// <summary>How far logits may differ, relative to the largest where that is above 1.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>The logits of validation images with these weights; null where there are none.</summary>
    public HeldOutLogits? Validated { get; private init; }

    /// <param name="stream">The file.</param>
    /// <param name="layout">The network of the plan.</param>
    /// <param name="hashes">Of plan and recipe, by file name.</param>
    /// <param name="name">The file's name.</param>
    /// <exception cref="FormatException">The file is damaged, something else, or of another plan or recipe. The message does not name it.</exception>
    public static TorchrunResult Read(Stream stream, NetworkLayout layout, IReadOnlyDictionary<string, string> hashes, string name)
    {
        var (metadata, tensors) = SafeTensors.Read(stream);
        if (!TrainScriptFile.Is(metadata))
            throw new FormatException("it was not written by train.py at the end of a training");
        foreach (var (file, hash) in hashes)
        {
            if (metadata.GetValueOrDefault(file) != hash)
                throw new FormatException($"it was trained by another {file} than the one beside it");
        }
        var statistics = new ChannelStatistics(Figures(TrainScriptFile.Mean, 3), Figures(TrainScriptFile.Deviation, 3));
        if (statistics.StandardDeviation.Any(deviation => deviation <= 0))
            throw new FormatException($"its '{TrainScriptFile.Deviation}' must be above 0");
        var images = Entry(TrainScriptFile.CheckedImages);
        var (input, classes) = (layout.Network.Input, layout.Network.Classes);
        if (images.Type != "U8" || images.Shape is not [> 0, 3, var height, var width] || height != input.Height || width != input.Width)
            throw new FormatException($"its '{TrainScriptFile.CheckedImages}' are {SafeTensorEntry.Describe(images.Shape)} of {images.Type}; Nx3x{input.Height}x{input.Width} of U8 are expected");
        return new(
            TorchrunTensors.Read(layout, tensors, statistics, name, ""),
            statistics,
            TorchrunHistory.Parse(metadata.GetValueOrDefault("history") ?? ""),
            images.ToArray(),
            images.Shape,
            Figures("check.logits", images.Shape[0] * classes))
        {
            Validated = tensors.ContainsKey(ValidationLabels) ? Validation(Entry(ValidationLabels)) : null,
        };

        HeldOutLogits Validation(SafeTensorEntry labels)
        {
            if (labels.Type != "I64" || labels.Shape is not [var count])
                throw new FormatException($"its '{ValidationLabels}' are {SafeTensorEntry.Describe(labels.Shape)} of {labels.Type}; one row of I64 is expected");
            var numbers = MemoryMarshal.Cast<byte, long>(labels.ToArray()).ToArray();
            return Array.TrueForAll(numbers, label => label >= 0 && label < classes)
                ? new HeldOutLogits(Figures("validation.logits", count * classes), numbers)
                : throw new FormatException($"its '{ValidationLabels}' must be from 0 to {classes - 1}");
        }

        SafeTensorEntry Entry(string tensor) => tensors.GetValueOrDefault(tensor) ?? throw new FormatException($"it lacks the tensor '{tensor}'");

        float[] Figures(string tensor, long count) => TorchrunTensors.Values(tensor, Entry(tensor)) is var values && values.Length == count
            ? values
            : throw new FormatException($"its '{tensor}' has not {count} values");
    }

    /// <summary>Scores the images that came along with the network as it will be saved.</summary>
    /// <exception cref="FormatException">Its logits are others than those of train.py.</exception>
    public void Verify(byte[] classifier)
    {
        using var session = OnnxRuntimeLibrary.Use(() => new InferenceSession(classifier));
        var pixels = Array.ConvertAll(Images, value => (float)value);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxWriter.ImageInput, new DenseTensor<float>(pixels, [.. ImageShape.Select(length => (int)length)]))]);
        var logits = results.First(result => result.Name == OnnxWriter.LogitsOutput).AsTensor<float>().ToArray();
        var scale = Math.Max(1, Logits.Max(Math.Abs));
        // MathF.Max keeps what is not a number, where Enumerable.Max skips it.
        var difference = Logits.Zip(logits, (theirs, ours) => Math.Abs(theirs - ours)).Aggregate(0f, MathF.Max) / scale;
        if (!(difference <= Tolerance))
            throw new FormatException(FormattableString.Invariant($"the network gives other logits here than it gave train.py, by {difference:0.######} where {Tolerance} is allowed"));
    }
}
