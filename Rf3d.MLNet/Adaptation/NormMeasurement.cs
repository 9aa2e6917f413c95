using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Measures normalisations with a made-up mean and variance on training images, with the network as it scores, and settles them (<see cref="NormSettlement"/>). One pass
/// measures all of them: what reaches a kernel is the same whether those before it are settled or not.
/// </summary>
/// <param name="layout">The network.</param>
/// <param name="training">The training images.</param>
/// <param name="batches">Loads them.</param>
/// <param name="settings">Device, seed and balanced sampling count here.</param>
internal sealed class NormMeasurement(NetworkLayout layout, ImageSubset training, BatchSource batches, TrainingSettings settings)
{
    // Where maps are a single pixel, so many values give a deviation to about 3 %; elsewhere there are more of them.
    private const int MostImages = 512;

    private const double BytesOfBatch = 256e6;
    private const int MostInBatch = 64;

    /// <param name="weights">All weights of the network, which stay as they are.</param>
    /// <param name="layers">The layers whose normalisations are to be settled.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Weights with which the network computes the same in scoring, and nearly the same in training.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public WeightTable Settled(WeightTable weights, IReadOnlyCollection<string> layers, CancellationToken cancellation)
    {
        if (layers.Count == 0)
            return weights;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)settings.Seed);
        using var network = new TorchNetwork(layout, generator);
        network.Import(weights);
        network.to(settings.Device);
        network.UseChannelsLast();
        network.eval();
        var wanted = layers.ToHashSet(StringComparer.Ordinal);
        var norms = layout.Layers.Where(node => node.Layer is ConvLayer { BatchNorm: true }).Zip(network.Norms, (node, norm) => (node.Name, Norm: norm))
            .Where(pair => wanted.Contains(pair.Name)).ToList();
        var settled = weights.Copy();
        try
        {
            foreach (var (_, norm) in norms)
                norm.Observed = new ChannelMoments();
            Observe(network, Sample(generator), cancellation);
            foreach (var (name, norm) in norms)
            {
                var (mean, variance) = norm.Observed!.Read();
                NormSettlement.Settle(settled, name, Values(mean), Values(variance));
            }
        }
        finally
        {
            foreach (var (_, norm) in norms)
                norm.Observed?.Dispose();
        }
        return settled;
    }

    private void Observe(TorchNetwork network, long[] rows, CancellationToken cancellation)
    {
        var size = BatchSize();
        training.Set.Store.Prefetch(new(rows, size, Pass: null), cancellation);
        foreach (var part in rows.Chunk(size))
        {
            cancellation.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            network.call(batches.Load(tensor(part)));
        }
    }

    /// <summary>Images as an epoch draws them, in the order of their rows: stores that read from front to back need it.</summary>
    private long[] Sample(Generator generator)
    {
        var rows = EpochOrder.Draw(training, settings.Recipe.BalancedSampling, generator).narrow(0, 0, Math.Min(MostImages, training.Count)).data<long>().ToArray();
        Array.Sort(rows);
        return rows;
    }

    private int BatchSize()
    {
        // The inputs and outputs of a kernel, its normalised values, and those that are only measured.
        var bytes = 4.0 * sizeof(float) * layout.Layers.Max(layer => Math.Max(layer.Input.Volume, layer.Output.Volume));
        return (int)Math.Clamp(BytesOfBatch / bytes, 1, MostInBatch);
    }

    private static float[] Values(Tensor tensor) => tensor.cpu().data<float>().ToArray();
}
