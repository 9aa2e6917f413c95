using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Brightness, contrast, saturation and hue, drawn for each image; in this order, for the whole batch at once.</summary>
internal static class ColourJitter
{
    public static Tensor Apply(Tensor images, AugmentationOptions options, RandomDraws draws)
    {
        var count = images.shape[0];
        if (options.Brightness > 0)
            images = ColourOperations.Brightness(images, Factors(options.Brightness));
        if (options.Contrast > 0)
            images = ColourOperations.Contrast(images, Factors(options.Contrast));
        if (options.Saturation > 0)
            images = ColourOperations.Saturation(images, Factors(options.Saturation));
        return options.Hue > 0 ? ColourOperations.Hue(images, draws.Uniform(count, -options.Hue, options.Hue)) : images;

        Tensor Factors(double reach) => draws.Uniform(count, 1 - reach, 1 + reach);
    }
}
