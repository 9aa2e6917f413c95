namespace Rf3d.Planning;

/// <summary>Mean and standard deviation of red, green and blue, on the scale 0..255: how images are normalized before the network.</summary>
internal sealed record ChannelStatistics(float[] Mean, float[] StandardDeviation);
