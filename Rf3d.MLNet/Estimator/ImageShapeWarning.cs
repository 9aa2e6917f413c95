using System.Globalization;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>The warning on images of which the network would see little, because they are cut to a square.</summary>
internal static class ImageShapeWarning
{
    private const double GreatestRatio = 2;

    /// <param name="sizes">Sizes of the images that the size of the input is chosen by.</param>
    /// <returns>Null where the middle square has at least half of most images.</returns>
    public static string? Of(IReadOnlyList<Size2D> sizes)
    {
        var size = ImageSizeFinder.Choose(sizes);
        if (size.Height != size.Width)
            return null;
        // Above 1 for wide images.
        var shape = sizes.Select(each => (double)each.Width / each.Height).Order().ElementAt(sizes.Count / 2);
        var ratio = Math.Max(shape, 1 / shape);
        OptionName height = new(nameof(TrainerOptions.ImageHeight)), width = new(nameof(TrainerOptions.ImageWidth)), resizing = new(nameof(TrainerOptions.Resizing));
        return ratio <= GreatestRatio ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"Most images are about {ratio:0.#} times as {(shape > 1 ? "wide as high" : "high as wide")}, and the network sees their middle square only, {100 / ratio:0} % of an image. ")
            + $"To show it all, set {height} and {width} to the shape of the images (rf3d: --image-size HEIGHTxWIDTH), or {resizing} to IsoPad (rf3d: --resizing isopad).";
    }
}
