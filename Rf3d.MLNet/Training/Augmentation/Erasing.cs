using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Random erasing and Cutout, on normalized images, where 0 is the mean colour.</summary>
internal static class Erasing
{
    /// <param name="images">[n, height, width, 3]; changed in place.</param>
    /// <param name="options">The kinds of erasing.</param>
    /// <param name="draws">Where.</param>
    public static void Apply(Tensor images, AugmentationOptions options, RandomDraws draws)
    {
        var (count, height, width) = (images.shape[0], images.shape[1], images.shape[2]);
        if (options.RandomErasing > 0)
        {
            var area = draws.Uniform(count, 0.02, 1 / 3.0).Times(height * width);
            var ratio = draws.Ratio(count, 0.3, 1 / 0.3);
            var mask = Boxes.Within(Side(area * ratio, height), Side(area / ratio, width), height, width, draws);
            images.FillInPlace(mask.logical_and(draws.Chance(count, options.RandomErasing).view(-1, 1, 1, 1)), 0);
        }
        if (options.Cutout > 0)
        {
            var side = TensorArithmetic.Filled([count], Math.Max(1, Math.Round(options.Cutout * Math.Min(height, width))), ScalarType.Float32, images.device);
            images.FillInPlace(Boxes.AroundAnyPixel(side, side, height, width, draws), 0);
        }
    }

    // A side longer than the image is cut: the one case in which less than the drawn area is erased.
    private static Tensor Side(Tensor square, long length) => square.sqrt().round_().WithinInPlace(1, length);
}
