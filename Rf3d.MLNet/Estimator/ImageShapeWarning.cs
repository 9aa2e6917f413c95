using System.Globalization;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>The warning on images of which the network sees little, because they are cut to the shape of its input.</summary>
internal static class ImageShapeWarning
{
    // What a square shows of images from which on a rectangle is chosen.
    private const double LeastShare = 1 / ImageSizeChoice.LeastLengthOfRectangle;

    /// <summary>The same where images are cut: not where all of an image is fitted in, nor for a model that is continued, which prepares images as it did.</summary>
    /// <param name="options">The options of the training.</param>
    /// <param name="sizes">Sizes of some images; none where the options state the size of the input.</param>
    /// <param name="input">The input of the network.</param>
    public static string? Of(TrainerOptions options, IReadOnlyList<Size2D> sizes, TensorShape input) =>
        options is { Resizing: ImageResizingEstimator.ResizingKind.IsoCrop, ContinueFrom: null } ? Of(sizes, input) : null;

    /// <param name="sizes">Sizes of some images; none where the options state the size of the input.</param>
    /// <param name="input">The input of the network.</param>
    /// <returns>Null where the network sees half of an image at least, in the median.</returns>
    public static string? Of(IReadOnlyList<Size2D> sizes, TensorShape input)
    {
        if (sizes.Count == 0)
            return null;
        var shape = (double)input.Width / input.Height;
        var seen = sizes.Select(size => Math.Min(shape, (double)size.Width / size.Height) / Math.Max(shape, (double)size.Width / size.Height)).Order().ElementAt(sizes.Count / 2);
        OptionName height = new(nameof(TrainerOptions.ImageHeight)), width = new(nameof(TrainerOptions.ImageWidth)), resizing = new(nameof(TrainerOptions.Resizing));
        return seen >= LeastShare ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"The network sees the middle of the images only, about {100 * seen:0} % of most of them: they are cut to the shape of its input, {input.Height}x{input.Width} pixels. ")
            + $"To show them whole, set {height} and {width} to their shape (rf3d: --image-size HEIGHTxWIDTH), or {resizing} to IsoPad (rf3d: --resizing isopad).";
    }
}
