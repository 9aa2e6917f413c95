using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The image preparation of a pretrained network. Channels are red, green and blue: another order of a file is merged into the first kernel.</summary>
/// <param name="Statistics">Mean and deviation by which pixels of 0 to 255 are normalised.</param>
/// <param name="Height">Height of the images that it learned from, in pixels.</param>
/// <param name="Width">Their width.</param>
internal sealed record PretrainedInput(ChannelStatistics Statistics, int Height, int Width)
{
    /// <summary>
    /// The mean of each pixel over the images that it learned from, 3 × <see cref="Height"/> × <see cref="Width"/> values of 0 to 255, red first; null where
    /// there is only the mean of each channel. It holds for images of that size; at other sizes <see cref="Statistics"/> is used.
    /// </summary>
    public float[]? MeanImage { get; init; }

    /// <summary>Which share of a side the middle crop takes: images are resized to size / share, then cropped. 224 / 256 for most.</summary>
    public double CropShare { get; init; } = 224d / 256;

    /// <summary>Whether the file says nothing of it, so that ImageNet's usual figures are assumed.</summary>
    public bool IsAssumed { get; init; }

    /// <summary>The path of a config.json that might say it and is not JSON; null for none.</summary>
    public string? DamagedConfig { get; init; }

    /// <summary>The figures of torchvision, and of most networks that come from elsewhere.</summary>
    public static PretrainedInput ImageNet(int height = 224, int width = 224) => new(Fractions([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]), height, width);

    /// <summary>The side that images are resized to, before the middle <paramref name="size"/> pixels are taken: as many are cut off on both sides.</summary>
    public int ShortSide(int size) => ShortSide(size, CropShare);

    /// <inheritdoc cref="ShortSide(int)"/>
    /// <param name="size">Size of the crop.</param>
    /// <param name="share">Which share that is at most.</param>
    public static int ShortSide(int size, double share) => size + (2 * (int)Math.Ceiling((((size / share) - size) / 2) - 1e-6));

    /// <summary>By which images of a size are normalised: with the mean image, where it is of that size.</summary>
    public ChannelStatistics StatisticsFor(int height, int width) =>
        MeanImage is not null && (height, width) == (Height, Width) ? Statistics with { MeanImage = MeanImage } : Statistics;

    /// <summary>From figures for pixels of 0 to 1.</summary>
    public static ChannelStatistics Fractions(IEnumerable<float> mean, IEnumerable<float> deviation) =>
        new([.. mean.Select(value => 255 * value)], [.. deviation.Select(value => 255 * value)]);
}
