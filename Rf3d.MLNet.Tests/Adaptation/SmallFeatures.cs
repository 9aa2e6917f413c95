using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

/// <summary>A small network with random weights, and images of noise, whose features are compared.</summary>
internal static class SmallFeatures
{
    public static ChannelStatistics Statistics { get; } = new([120, 110, 100], [60, 50, 70]);

    public static NetworkLayout Layout { get; } = NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new(3, 12, 16),
        Classes = 3,
        Stages = [Stage.Repeat(Block.Basic(8), 2), Stage.Repeat(Block.Basic(12, stride: 2), 1)],
        Head = new Head { HiddenLayers = [10], Dropout = 0.5 },
    });

    public static WeightTable Weights { get; } = RandomWeights.Of(Layout);

    /// <summary>Eleven images of three classes, of which the network sees the middle.</summary>
    public static ImageSet Noise(int height = 12, int width = 16)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        return ImageSets.Of(randint(0, 256, [11, height, width, 3], generator: generator).to(ScalarType.Byte), arange(11).remainder(3), new(12, 16));
    }

    public static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.IsLessThan(1e-5, RandomWeights.Difference(expected.data<float>().ToArray(), actual.data<float>().ToArray()));
}
