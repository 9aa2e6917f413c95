using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Two images that show the same.</summary>
/// <param name="First">The first image.</param>
/// <param name="Second">The second one, after it.</param>
/// <param name="Similarity">From 0 to 1.</param>
internal readonly record struct ImagePair(int First, int Second, double Similarity);

/// <summary>
/// Compares every image with every other one, block by block: which show the same, also mirrored, and how far each is from those nearest to it. The time grows with the square of the number of images.
/// </summary>
internal sealed class ImageNeighbours
{
    private const int MostRowsOfBlock = 512;

    // The cosine of a pair, the correlations as it is and mirrored, and what follows from them, which exist at one time.
    private const int BytesOfPair = 32;

    private const int RowsOfPart = 4096;

    // Images that are equal in every pixel are found by their digests and have 1.
    private const double MostSimilar = 0.9999;

    // Of a film with thousands of frames that are alike, pairs with some others connect all of them.
    private const int MostPairsOfImage = 32;

    /// <summary>Neighbours whose mean distance counts. Fewer where there are fewer images.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>Bytes that the comparison of a block of images with all others may take: of many images, a block has fewer.</summary>
    public long BytesOfBlock { get; init; } = 1L << 28;

    /// <summary>Called with the number of images that are done.</summary>
    public Action<long> Report { get; init; } = _ => { };

    /// <param name="features">[images, features], single precision, of the CPU; as the network gives them.</param>
    /// <param name="thumbnails">As <see cref="PixelMeasures.Thumbnails"/> has them.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The pairs, and the mean distance of each image, 1 − cosine of the centred features, to its nearest neighbours; not a number where there is no other image.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public (List<ImagePair> Pairs, double[] Distances) Run(Tensor features, Tensor thumbnails, IReadOnlyList<long> labels, Device device, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var count = features.shape[0];
        var directions = Directions(features).to(device);
        var pictures = thumbnails.to(device);
        var limits = DuplicateLimits.Of(directions, pictures, labels);
        List<ImagePair> pairs = [];
        var distances = new double[count];
        var rowsOfBlock = Math.Clamp(BytesOfBlock / (BytesOfPair * Math.Max(1, count)), 1, MostRowsOfBlock);
        for (long first = 0; first < count; first += rowsOfBlock)
        {
            cancellation.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            var rows = Math.Min(rowsOfBlock, count - first);
            var cosines = directions.narrow(0, first, rows).matmul(directions.t());
            Nearest(cosines, first).CopyTo(distances.AsSpan((int)first));
            pairs.AddRange(Pairs(cosines.narrow(1, first, count - first), pictures, first, rows, limits));
            Report(first + rows);
        }
        return (pairs, distances);
    }

    /// <summary>The centred features, of length 1. Apart from them, it takes no memory that grows with the number of images.</summary>
    private static Tensor Directions(Tensor features)
    {
        using var scope = NewDisposeScope();
        var directions = features.sub(features.mean([0L], keepdim: true));
        for (long first = 0; first < directions.shape[0]; first += RowsOfPart)
        {
            using var part = NewDisposeScope();
            var rows = directions.narrow(0, first, Math.Min(RowsOfPart, directions.shape[0] - first));
            rows.mul_(rows.mul(rows).sum(1, keepdim: true).sqrt().AtLeast(1e-12).reciprocal());
        }
        return directions.MoveToOuterDisposeScope();
    }

    private double[] Nearest(Tensor cosines, long first)
    {
        var (rows, count) = (cosines.shape[0], cosines.shape[1]);
        var most = (int)Math.Min(Neighbours, count - 1);
        if (most == 0)
            return [.. Enumerable.Repeat(double.NaN, (int)rows)];
        // The image itself is the nearest but for rounding: its own cosine becomes the least there is, which the search for pairs does not read.
        cosines.narrow(1, first, rows).diagonal().copy_(TensorArithmetic.Filled([rows], -2, ScalarType.Float32, cosines.device));
        var nearest = cosines.topk(most, 1).values.mean([1L]).negative().Plus(1).cpu();
        return [.. nearest.data<float>().Select(distance => (double)distance)];
    }

    private static List<ImagePair> Pairs(Tensor cosines, Tensor pictures, long first, long rows, DuplicateLimits limits)
    {
        using var scope = NewDisposeScope();
        var (own, others) = (pictures.narrow(0, first, rows), pictures.narrow(0, first, cosines.shape[1]).t());
        var correlations = own.matmul(others).maximum(PixelMeasures.Mirrored(own).matmul(others));
        var isPair = correlations.IsAtLeast(limits.Correlation).logical_and(cosines.IsAtLeast(limits.Cosine)).triu(1);
        if (!isPair.any().item<bool>())
            return [];
        var similarities = correlations.minimum(cosines).mul(isPair.to(ScalarType.Float32));
        var (values, places) = similarities.topk((int)Math.Min(MostPairsOfImage, cosines.shape[1]), 1);
        var (found, second) = (values.cpu().data<float>().ToArray(), places.cpu().data<long>().ToArray());
        var width = (int)values.shape[1];
        List<ImagePair> pairs = [];
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i] > 0)
                pairs.Add(new((int)(first + (i / width)), (int)(first + second[i]), Math.Min(MostSimilar, found[i])));
        }
        return pairs;
    }
}
