using System.Globalization;

namespace Rf3d.Planning;

/// <summary>
/// The catalogue of networks. Each has a CIFAR form, for small images (<see cref="IsCifarForm"/>), and an ImageNet form for larger ones, which shrinks the image more at its
/// start.
/// </summary>
public static class ConvNetFactory
{
    /// <summary>Largest height and width, in pixels, of square images that get the CIFAR form: 64.</summary>
    public const int MaximumCifarFormSize = 64;

    // Twice a square of that size. A line of text 32 pixels high has nothing left to see once it is shrunk 32 times, however long it is; a long one costs as much as a large image.
    internal const int MaximumCifarFormPixels = 2 * MaximumCifarFormSize * MaximumCifarFormSize;

    /// <summary>Largest height and width of an image, in pixels: 32,768.</summary>
    public const int MaximumImageSize = NetworkLimits.ImageSide;

    /// <summary>Largest number of classes of a network: 1,048,576.</summary>
    public const int MaximumClasses = NetworkLimits.Channels;

    /// <summary>
    /// Whether images of this size get the CIFAR form: those whose shorter side has at most <see cref="MaximumCifarFormSize"/> pixels, up to 8,192 pixels in all (32×256, 64×128).
    /// </summary>
    /// <param name="imageHeight">Image height in pixels.</param>
    /// <param name="imageWidth">Image width in pixels.</param>
    public static bool IsCifarForm(int imageHeight, int imageWidth) =>
        Math.Min(imageHeight, imageWidth) <= MaximumCifarFormSize && (long)imageHeight * imageWidth <= MaximumCifarFormPixels;

    /// <summary>Describes a network for images and classes of the given sizes.</summary>
    /// <param name="architecture">Which one.</param>
    /// <param name="imageHeight">Image height in pixels, from 1 to <see cref="MaximumImageSize"/>.</param>
    /// <param name="imageWidth">Image width in pixels, from 1 to <see cref="MaximumImageSize"/>.</param>
    /// <param name="classes">Number of classes, from 1 to <see cref="MaximumClasses"/>.</param>
    /// <param name="widthMultiplier">
    /// Factor on the channels of every convolution, above 0 and at most 16 (default 1). Other than 1, channels are rounded to multiples of 8.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A size, a number of classes or a factor out of range.</exception>
    /// <exception cref="InvalidOperationException">The images are too small or too large for this network.</exception>
    public static ConvNet Create(Architecture architecture, int imageHeight, int imageWidth, int classes, double widthMultiplier = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageHeight, MaximumImageSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageWidth, MaximumImageSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, MaximumClasses);
        if (!(widthMultiplier is > 0 and <= 16))
            throw new ArgumentOutOfRangeException(nameof(widthMultiplier), widthMultiplier, "The width multiplier must be above 0 and at most 16.");

        var request = new NetworkRequest(new TensorShape(3, imageHeight, imageWidth), classes, widthMultiplier);
        var network = architecture switch
        {
            Architecture.MobileNet => MobileNet.Describe(request),
            Architecture.Vgg11 or Architecture.Vgg13 or Architecture.Vgg16 or Architecture.Vgg19 => Vgg.Describe(architecture, request),
            Architecture.ResNet18Slim or Architecture.ResNet18 or Architecture.ResNet34 or Architecture.ResNet50 or Architecture.ResNet101 or Architecture.ResNet152
                or Architecture.ResNet18D or Architecture.ResNet26D or Architecture.ResNet34D or Architecture.ResNet50D or Architecture.ResNet101D =>
                ResNet.Describe(architecture, request),
            _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, $"Known architectures: {string.Join(", ", Enum.GetNames<Architecture>())}."),
        };
        var name = widthMultiplier == 1 ? architecture.ToString() : string.Create(CultureInfo.InvariantCulture, $"{architecture} x{widthMultiplier}");
        network = network with { Name = name };
        NetworkLayout.Of(network);
        return network;
    }
}

/// <summary>The request for a network of a family.</summary>
internal sealed record NetworkRequest(TensorShape Input, int Classes, double WidthMultiplier)
{
    public bool IsCifarForm => ConvNetFactory.IsCifarForm(Input.Height, Input.Width);

    /// <summary>Channels after the width multiplier: multiples of 8, as in MobileNet's own code, but exact at factor 1.</summary>
    public int Channels(int full) =>
        WidthMultiplier == 1 ? full : Math.Max(8, checked((int)Math.Round(full * WidthMultiplier / 8, MidpointRounding.AwayFromZero) * 8));
}
