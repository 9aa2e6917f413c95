using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>A network of a few kernels for images that are wider than high, and statistics to normalise them by.</summary>
internal static class SmallNetworks
{
    public static readonly ChannelStatistics Statistics = new([120, 110, 100], [60, 61, 62]);

    public static readonly ConvNet Pooled = new()
    {
        Name = "pooled",
        Input = new TensorShape(3, 10, 14),
        Classes = 3,
        Stages = [Stage.Repeat(Block.Convolution(8), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(6), 1)],
    };
}
