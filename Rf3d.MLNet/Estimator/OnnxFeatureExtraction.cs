using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Computes features with ONNX Runtime, on the CPU, as the saved model does. Every core works on batches of its own, each on one thread, so that no core waits
/// for another. Features do not depend on the number of threads.
/// </summary>
/// <remarks>On two cores with AVX-512 a ResNet-18 at 224 pixels takes 19 ms an image, and 22 to 24 ms with TorchSharp, which does not fold normalisations and activations into the convolutions.</remarks>
internal sealed class OnnxFeatureExtraction : IFeatureExtraction, IDisposable
{
    /// <summary>Images in a batch. Larger ones are not faster, and each thread has the maps of one in memory.</summary>
    private const int BatchSize = 4;

    private const int Channels = 3;

    // Mirror images are those of normalised images, also where the mean differs from pixel to pixel: the graph is given normalised ones.
    private static readonly ChannelStatistics Normalised = new([0, 0, 0], [1, 1, 1]);

    private readonly Size2D _size;
    private readonly ChannelStatistics _statistics;
    private readonly int _features;
    private readonly OnnxSession _session;

    /// <param name="layout">The network.</param>
    /// <param name="weights">Its weights. Those of the last layer are not looked at and may be missing.</param>
    /// <param name="statistics">By which pixels are normalised.</param>
    /// <exception cref="KeyNotFoundException">The weights lack a tensor of the network.</exception>
    public OnnxFeatureExtraction(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics)
    {
        (_size, _statistics, _features) = (new(layout.Network.Input.Height, layout.Network.Input.Width), statistics, layout.Classifier.Inputs);
        _session = new(OnnxWriter.Features(layout, weights, Normalised), OnnxWriter.FeaturesOutput);
    }

    /// <summary>Batches that are computed at a time.</summary>
    public int Threads { get; init; } = get_num_threads();

    public int BatchesOf(long images) => (int)((images + BatchSize - 1) / BatchSize);

    /// <inheritdoc/>
    public ImageFeatures Run(ImageSubset images, bool mirror, Action<long> report, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = RisingRows.Of(images);
        var features = zeros(rows.Rows.Length, _features);
        var mirrored = mirror ? zeros_like(features) : null;
        images.Set.Store.Prefetch(new(rows.Rows, BatchSize, Pass: null), cancellation);
        foreach (var (first, count, plain, reversed) in OrderedWork.Run(Batches(), Threads, Compute, cancellation))
        {
            using var part = NewDisposeScope();
            var where = tensor(rows.Places.AsSpan(first, count).ToArray());
            features.index_copy_(0, where, tensor(plain).view(count, _features));
            mirrored?.index_copy_(0, where, tensor(reversed!).view(count, _features));
            report(first + count);
        }
        return new(features.MoveToOuterDisposeScope(), mirrored?.MoveToOuterDisposeScope(), rows.Labels);

        IEnumerable<(int First, int Count, byte[] Pixels)> Batches()
        {
            for (var first = 0; first < rows.Rows.Length; first += BatchSize)
            {
                var count = Math.Min(BatchSize, rows.Rows.Length - first);
                yield return (first, count, Fetch(images.Set, rows.Rows.AsSpan(first, count)));
            }
        }

        (int First, int Count, float[] Features, float[]? Mirrored) Compute((int First, int Count, byte[] Pixels) batch)
        {
            var planes = Planes(batch.Pixels, batch.Count);
            var plain = Features(planes, batch.Count);
            if (!mirror)
                return (batch.First, batch.Count, plain, null);
            for (var line = 0; line < planes.Length; line += _size.Width)
                planes.AsSpan(line, _size.Width).Reverse();
            return (batch.First, batch.Count, plain, Features(planes, batch.Count));
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The middle of images, [n, height, width, 3].</summary>
    private static byte[] Fetch(ImageSet set, ReadOnlySpan<long> rows)
    {
        using var scope = NewDisposeScope();
        return set.Middle(set.Store.Fetch(tensor(rows.ToArray()))).contiguous().data<byte>().ToArray();
    }

    /// <summary>From a byte triple a pixel to a plane of normalised floats a channel.</summary>
    private float[] Planes(byte[] pixels, int count)
    {
        var plane = _size.Height * _size.Width;
        var planes = new float[count * Channels * plane];
        for (var image = 0; image < count; image++)
        {
            for (var channel = 0; channel < Channels; channel++)
            {
                var values = planes.AsSpan(((image * Channels) + channel) * plane, plane);
                var next = (image * Channels * plane) + channel;
                var (mean, factor) = (_statistics.Mean[channel], 1 / _statistics.StandardDeviation[channel]);
                ReadOnlySpan<float> means = _statistics.MeanImage is { } all ? all.AsSpan(channel * plane, plane) : [];
                for (var i = 0; i < plane; i++, next += Channels)
                    values[i] = (pixels[next] - (means.IsEmpty ? mean : means[i])) * factor;
            }
        }
        return planes;
    }

    private float[] Features(float[] planes, int count) => _session.Run(planes, [count, Channels, _size.Height, _size.Width]);
}
