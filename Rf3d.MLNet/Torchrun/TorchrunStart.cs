using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The weights that an exported training starts from.</summary>
/// <param name="Weights">All weights of the planned network.</param>
/// <param name="Statistics">Mean and deviation that belong to them, of pixels of 0 to 255; null where train.py is to measure its images.</param>
/// <param name="HasBranches">Whether identity branches belong to them; null where the recipe may choose.</param>
internal sealed record TorchrunStart(WeightTable Weights, ChannelStatistics? Statistics, bool? HasBranches)
{
    private const int CheckedImages = 8;

    /// <param name="layout">The planned network.</param>
    /// <param name="start">Where weights come from, if not from chance.</param>
    /// <param name="seed">Draws those that come from chance.</param>
    /// <param name="temporary">The folder for ML.NET's temporary files.</param>
    /// <param name="info">Receives a message about the weights that were taken over.</param>
    /// <param name="warn">Receives a warning about those that were not.</param>
    /// <exception cref="OptionConflictException">No layer fits.</exception>
    public static TorchrunStart Of(NetworkLayout layout, PretrainedChoice start, int seed, string temporary, Action<string> info, Action<string> warn)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        using var network = new TorchNetwork(layout, generator);
        var drawn = network.Export();
        if (start.Network is { } known)
        {
            var planned = known.For(layout, drawn);
            Report([.. planned.Trace.Where(layer => layer.Origin is LayerOrigin.Kept).Select(layer => layer.Name)], [.. planned.Trace.Where(layer => layer.Origin is LayerOrigin.New).Select(layer => layer.Name)], known.Name);
            return new(planned.Weights, known.Input.Statistics, HasBranches: false);
        }
        if (start.File is not { } file)
            return new(drawn, null, null);
        var source = WarmStartSource.Read(file, temporary);
        var match = WeightMatch.Of(layout, drawn, source.Weights, source.HaveIdentityBranches ? IdentityBranch.Missing(layout) : null);
        Report(match.Matched, match.Unmatched, file);
        return new(match.Weights, null, source.HaveIdentityBranches);

        void Report(IReadOnlyList<string> matched, IReadOnlyList<string> unmatched, string name)
        {
            if (matched.Count == 0)
            {
                throw new OptionConflictException(
                    $"{new OptionName(nameof(Rf3dImageClassificationTrainer.Options.Pretrained))}: no layer of '{name}' fits the planned network '{layout.Network.Name}'. {string.Join("; ", unmatched.Take(5))}. Choose weights of this architecture and width, or leave them out.");
            }
            info($"Weights of '{name}' for {matched.Count} layers.");
            if (unmatched.Count > 0)
                warn($"{unmatched.Count} layers start from random weights: {string.Join("; ", unmatched)}.");
        }
    }

    /// <summary>Images of noise, and the logits that the weights give for them: by these train.py sees whether it computes the same.</summary>
    public SafeTensors Check(NetworkLayout layout, int seed, bool testTimeFlip)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)seed);
        using var network = new TorchNetwork(layout, generator);
        network.Import(Weights);
        network.eval();
        var input = layout.Network.Input;
        var statistics = Statistics ?? new([127.5f, 127.5f, 127.5f], [64, 64, 64]);
        var bytes = randint(256, [CheckedImages, 3, input.Height, input.Width], generator: generator).to(ScalarType.Byte);
        var images = (bytes.to(ScalarType.Float32) - tensor(statistics.Mean).view(1, 3, 1, 1)) / tensor(statistics.StandardDeviation).view(1, 3, 1, 1);
        var logits = network.call(images);
        if (testTimeFlip)
            logits = logits.Plus(network.call(images.flip(3))).Over(2);
        return new(new Dictionary<string, string>(), new Dictionary<string, SafeTensorEntry>
        {
            ["images"] = new("U8", bytes.shape, bytes.contiguous().data<byte>().ToArray()),
            ["logits"] = TorchrunTensors.Of(new(logits.shape, logits.contiguous().data<float>().ToArray())),
            ["statistics.mean"] = TorchrunTensors.Of(new([3], statistics.Mean)),
            ["statistics.deviation"] = TorchrunTensors.Of(new([3], statistics.StandardDeviation)),
        });
    }
}
