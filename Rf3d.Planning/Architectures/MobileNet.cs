using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", A. G. Howard et al., arXiv 2017. A stem and thirteen
/// pairs of a depthwise 3×3 and a pointwise convolution. The stem's stride is 1 in the CIFAR form and 2 in the ImageNet form.
/// </summary>
internal static class MobileNet
{
    private static readonly ImmutableArray<(int Width, int Depth, int Stride)> Table =
    [
        (64, 1, 1),
        (128, 2, 2),
        (256, 2, 2),
        (512, 6, 2),
        (1024, 2, 2),
    ];

    public static ConvNet Describe(NetworkRequest request) => new()
    {
        Input = request.Input,
        Classes = request.Classes,
        Stem = new() { Blocks = [Block.Convolution(request.Channels(32), stride: request.IsCifarForm ? 1 : 2)] },
        Stages =
        [
            .. Table.Select(row => Stage.Repeat(Block.DepthwiseSeparable(request.Channels(row.Width), stride: row.Stride), row.Depth)),
        ],
    };
}
