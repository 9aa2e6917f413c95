using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Measures images batch by batch while their features are computed, from the pixels that the network sees.</summary>
internal sealed class PixelMeasures : IDisposable
{
    /// <summary>Height and width of a thumbnail.</summary>
    public const int Side = 16;

    private const int Channels = 3;

    // Of a channel's values, 0 to 255. Of thumbnails with less there is nothing but noise and the slopes of an empty background, which many images share.
    private const double LeastDeviation = 6;

    // A sharp subject before a blurred background is a sharp image: the sharpest part counts. Parts are as many on each side.
    private const int Parts = 4;

    private readonly double[] _sharpness;

    /// <param name="images">Number of images.</param>
    public PixelMeasures(long images)
    {
        _sharpness = new double[images];
        Thumbnails = zeros(images, Channels * Side * Side).DetachFromDisposeScope();
    }

    /// <summary>
    /// [images, 3 · 16 · 16]: the mean of each part of an image, less the mean of its channel, of length 1; all zero for an image that hardly varies. The product of two is their correlation.
    /// </summary>
    public Tensor Thumbnails { get; }

    /// <summary>The sharpness of each image, see <see cref="AuditedImage.Sharpness"/>.</summary>
    public IReadOnlyList<double> Sharpness => _sharpness;

    /// <param name="places">[n], int64: which images.</param>
    /// <param name="pixels">[n, height, width, 3], 0 to 255.</param>
    public void Add(Tensor places, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Thumbnails.index_copy_(0, places, ThumbnailsOf(pixels).cpu());
        var (rows, values) = (places.data<long>().ToArray(), SharpnessOf(pixels).cpu().data<float>().ToArray());
        for (var i = 0; i < rows.Length; i++)
            _sharpness[rows[i]] = values[i];
    }

    /// <summary>The thumbnails of mirror images.</summary>
    /// <param name="thumbnails">[n, 3 · 16 · 16].</param>
    public static Tensor Mirrored(Tensor thumbnails) => thumbnails.view(-1, Channels, Side, Side).flip(3).reshape(thumbnails.shape);

    public void Dispose() => Thumbnails.Dispose();

    private static Tensor ThumbnailsOf(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var small = nn.functional.adaptive_avg_pool2d(pixels.permute(0, 3, 1, 2).contiguous(), [Side, Side]).flatten(2);
        var centred = small.sub(small.mean([2], keepdim: true)).flatten(1);
        var length = centred.mul(centred).sum(dim: 1).sqrt();
        var isVaried = length.IsAbove(LeastDeviation * Math.Sqrt(Channels * Side * Side));
        return centred.mul(where(isVaried, length.reciprocal(), zeros_like(length)).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The root mean square of the Laplacian in the part of the image where it is largest, over the standard deviation of all pixels, so that contrast does not count
    /// (J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000, take the variance of the Laplacian).
    /// </summary>
    private static Tensor SharpnessOf(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var grey = pixels.mean([3L]);
        var (height, width) = (grey.shape[1] - 2, grey.shape[2] - 2);
        Tensor At(long top, long left) => grey.narrow(1, top, height).narrow(2, left, width);
        var laplacian = At(1, 1).Times(4).sub(At(0, 1)).sub(At(2, 1)).sub(At(1, 0)).sub(At(1, 2));
        var parts = nn.functional.adaptive_avg_pool2d(laplacian.mul(laplacian).unsqueeze(1), [Parts, Parts]).flatten(1).amax([1L]);
        var all = grey.flatten(1);
        var centred = all.sub(all.mean([1L], keepdim: true));
        // One level of deviation, so that one colour is not sharp by its rounding.
        var variance = centred.mul(centred).mean([1L]).Plus(1);
        return parts.div(variance).sqrt().MoveToOuterDisposeScope();
    }
}
