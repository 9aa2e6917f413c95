namespace Rf3d.Planning;

/// <summary>Mean and standard deviation of red, green and blue, on the scale 0..255: how images are normalized before the network.</summary>
internal sealed record ChannelStatistics(float[] Mean, float[] StandardDeviation)
{
    /// <summary>The values subtracted from each pixel in place of <see cref="Mean"/>: 3 × height × width values, red first, for images of exactly that size; null for the mean of each channel.</summary>
    public float[]? MeanImage { get; init; }
}
