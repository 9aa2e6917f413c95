using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>MixUp and CutMix: images and targets of a batch, mixed with those of another of its images.</summary>
internal static class ImageMixing
{
    /// <param name="images">[n, height, width, 3]</param>
    /// <param name="targets">[n, classes]</param>
    /// <param name="alpha">α of the beta distribution.</param>
    /// <param name="draws">Draws the partners and the shares.</param>
    public static (Tensor Images, Tensor Targets) MixUp(Tensor images, Tensor targets, double alpha, RandomDraws draws)
    {
        var (partners, shares) = (draws.Permutation(images.shape[0]), draws.Beta(images.shape[0], alpha));
        return (Mixed(images, partners, shares.view(-1, 1, 1, 1)), Mixed(targets, partners, shares.view(-1, 1)));
    }

    /// <inheritdoc cref="MixUp"/>
    public static (Tensor Images, Tensor Targets) CutMix(Tensor images, Tensor targets, double alpha, RandomDraws draws)
    {
        var (count, height, width) = (images.shape[0], images.shape[1], images.shape[2]);
        var (partners, shares) = (draws.Permutation(count), draws.Beta(count, alpha));
        var side = shares.SubtractedFrom(1).sqrt();
        var mask = Boxes.AroundAnyPixel(side.Times(height).floor(), side.Times(width).floor(), height, width, draws);
        // The target goes by the pixels that are there, not by those that were drawn.
        var kept = mask.to(ScalarType.Float32).mean([1, 2, 3]).SubtractedFrom(1);
        return (where(mask, images.index_select(0, partners), images), Mixed(targets, partners, kept.view(-1, 1)));
    }

    private static Tensor Mixed(Tensor values, Tensor partners, Tensor shares) => (values * shares).Plus(values.index_select(0, partners) * shares.SubtractedFrom(1));
}
