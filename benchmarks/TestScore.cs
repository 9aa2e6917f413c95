using Rf3d.MLNet;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>Accuracy of weights on test images, on the device and in float32, as the saved model would have it.</summary>
internal static class TestScore
{
    private const int Batch = 1000;

    /// <param name="layout">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="test">The images.</param>
    /// <param name="statistics">The statistics that they are normalized by.</param>
    /// <param name="settings">Has the device.</param>
    public static double Of(NetworkLayout layout, WeightTable weights, ImageSubset test, ChannelStatistics statistics, TrainingSettings settings)
    {
        using var noGradient = no_grad();
        using var exact = TensorFloat32.Set(settings with { Precision = TrainingPrecision.Float32 });
        using var generator = new Generator(0);
        using var network = new TorchNetwork(layout, generator);
        network.Import(weights);
        network.to(settings.Device);
        network.UseChannelsLast();
        network.eval();
        using var batches = new BatchSource(test.Set, statistics, settings.Device);
        using var meter = new EpochMeter(settings.Device);
        foreach (var indices in test.Indices.split(Batch))
        {
            using var scope = NewDisposeScope();
            var (logits, labels) = (network.call(batches.Load(indices)), batches.Labels(indices));
            meter.Add(nn.functional.cross_entropy(logits, labels), logits, labels);
        }
        return meter.Read().Accuracy;
    }
}
