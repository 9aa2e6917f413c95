using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Decoded images and their classes in native memory: pixels [n, height, width, 3] as bytes, RGB from 0 to 255; labels [n] from 0.
/// Rows of pixels with their channels side by side are what channels-last convolutions read.
/// </summary>
internal sealed class ImageSet : IDisposable
{
    public ImageSet(Tensor pixels, Tensor labels)
    {
        Pixels = pixels;
        Labels = labels;
    }

    public Tensor Pixels { get; }

    public Tensor Labels { get; }

    public long Count => Pixels.shape[0];

    public int Height => (int)Pixels.shape[1];

    public int Width => (int)Pixels.shape[2];

    /// <summary>Images by class.</summary>
    public long[] ClassCounts(int classes)
    {
        using var counts = Labels.bincount(null, classes);
        return counts.data<long>().ToArray();
    }

    /// <summary>Mean and standard deviation of each channel over all pixels of the given images, on the scale 0..255.</summary>
    public ChannelStatistics Measure(Tensor indices)
    {
        // In float64, a few images at a time: sums that stay exact without a second copy of the set.
        var (sum, squares) = (new double[3], new double[3]);
        foreach (var chunk in indices.split(Math.Max(1, 1_000_000 / (Height * Width))))
        {
            using var scope = NewDisposeScope();
            var values = Pixels.index_select(0, chunk).to(ScalarType.Float64).reshape(-1, 3);
            var (total, square) = (values.sum(dim: 0), values.square().sum(dim: 0));
            for (var channel = 0; channel < 3; channel++)
            {
                sum[channel] += total[channel].item<double>();
                squares[channel] += square[channel].item<double>();
            }
        }
        var count = (double)indices.shape[0] * Height * Width;
        var mean = Array.ConvertAll(sum, value => (float)(value / count));
        // A constant channel has no deviation to divide by; one grey level keeps it finite.
        var deviation = Enumerable.Range(0, 3)
            .Select(channel => (float)Math.Max(1, Math.Sqrt(Math.Max(0, (squares[channel] / count) - Math.Pow(sum[channel] / count, 2)))));
        return new(mean, [.. deviation]);
    }

    public void Dispose()
    {
        Pixels.Dispose();
        Labels.Dispose();
    }
}
