using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Computes features with TorchSharp on any device, for a probe on a GPU and for audits, which also measure the pixels (<see cref="Observe"/>): with the running statistics of batch
/// normalisation, in single precision, without TensorFloat-32.
/// </summary>
/// <param name="layout">The network.</param>
/// <param name="weights">Its weights. Those of the last layer are not looked at and may be missing.</param>
/// <param name="statistics">By which pixels are normalised.</param>
/// <param name="device">Where to compute.</param>
internal sealed class FeatureExtraction(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics, Device device) : IFeatureExtraction
{
    private const double BytesOfBatch = 256e6;
    private const double BytesOfBatchOnGpu = 2e9;
    private const int MostInBatch = 256;

    /// <summary>Images in a batch, if that is settled; else as many as there is memory for.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Called with each batch before it is normalised: the places of its images in the subset, and their pixels, [n, height, width, 3], 0 to 255, on the device.</summary>
    public Action<Tensor, Tensor>? Observe { get; init; }

    public int BatchesOf(long images) => (int)((images + Size - 1) / Size);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The network has no head.</exception>
    /// <exception cref="KeyNotFoundException">The weights lack a tensor of the network.</exception>
    public ImageFeatures Run(ImageSubset images, bool mirror, Action<long> report, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var precision = device.type == DeviceType.CUDA ? TensorFloat32.Forbid() : null;
        using var network = Network();
        using var batches = new BatchSource(images.Set, statistics, device);
        var rows = RisingRows.Of(images);
        var (places, ordered) = (tensor(rows.Places), tensor(rows.Rows));
        var features = zeros(rows.Rows.Length, layout.Classifier.Inputs);
        var mirrored = mirror ? zeros_like(features) : null;
        var size = Size;
        images.Set.Store.Prefetch(new(rows.Rows, size, Pass: null), cancellation);
        for (long first = 0; first < rows.Rows.Length; first += size)
        {
            cancellation.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var count = Math.Min(size, rows.Rows.Length - first);
            var pixels = batches.Pixels(ordered.narrow(0, first, count));
            var where = places.narrow(0, first, count);
            Observe?.Invoke(where, pixels);
            var batch = batches.Normalized(pixels).permute(0, 3, 1, 2);
            features.index_copy_(0, where, network.Features(batch).cpu());
            mirrored?.index_copy_(0, where, network.Features(batch.flip(3)).cpu());
            report(first + count);
        }
        return new(features.MoveToOuterDisposeScope(), mirrored?.MoveToOuterDisposeScope(), rows.Labels);
    }

    private int Size => BatchSize ?? SizeOfBatch();

    private TorchNetwork Network()
    {
        using var generator = new Generator(0);
        var network = new TorchNetwork(layout, generator);
        var complete = network.Export();
        // The last layer stays as it was drawn: the weights may have none, or one for other classes.
        foreach (var name in complete.Names.Where(name => !name.StartsWith(layout.Classifier.Name + ".", StringComparison.Ordinal)).ToList())
            complete[name] = weights[name];
        network.Import(complete);
        network.to(device);
        network.UseChannelsLast();
        network.eval();
        return network;
    }

    private int SizeOfBatch()
    {
        // The inputs and outputs of a kernel, its normalised values, and those kept for a shortcut.
        var bytes = 4.0 * sizeof(float) * layout.Layers.Max(layer => Math.Max(layer.Input.Volume, layer.Output.Volume));
        return (int)Math.Clamp((device.type == DeviceType.CUDA ? BytesOfBatchOnGpu : BytesOfBatch) / bytes, 1, MostInBatch);
    }
}
