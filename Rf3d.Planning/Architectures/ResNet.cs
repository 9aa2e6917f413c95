using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// "Deep Residual Learning for Image Recognition", K. He, X. Zhang, S. Ren and J. Sun, CVPR 2016. Four stages of basic blocks (18, 34) or
/// bottlenecks (50 and up), with projections where the shape changes and the stride on the 3×3 kernel.
/// Stem: 3×3 at stride 1 in the CIFAR form; 7×7 at stride 2 and max pooling in the ImageNet form.
/// </summary>
/// <remarks>
/// ResNet-D ("Bag of Tricks for Image Classification with Convolutional Neural Networks", T. He et al., CVPR 2019): a stem of three 3×3 convolutions of 32, 32 and 64
/// filters, in both forms, so that its weights are not mistaken for those of a plain ResNet; projections average pixels instead of leaving them out.
/// </remarks>
internal static class ResNet
{
    private static readonly ImmutableArray<int> Widths = [64, 128, 256, 512];

    // Half as many filters as the stem has at its end.
    private const int DeepStemWidth = 32;

    private static (ImmutableArray<int> Depths, bool Bottleneck, double Width, bool IsD) Config(Architecture architecture) => architecture switch
    {
        Architecture.ResNet18Slim => ([2, 2, 2, 2], false, 0.5, false),
        Architecture.ResNet18 => ([2, 2, 2, 2], false, 1, false),
        Architecture.ResNet34 => ([3, 4, 6, 3], false, 1, false),
        Architecture.ResNet50 => ([3, 4, 6, 3], true, 1, false),
        Architecture.ResNet101 => ([3, 4, 23, 3], true, 1, false),
        Architecture.ResNet152 => ([3, 8, 36, 3], true, 1, false),
        Architecture.ResNet18D => ([2, 2, 2, 2], false, 1, true),
        Architecture.ResNet26D => ([2, 2, 2, 2], true, 1, true),
        Architecture.ResNet34D => ([3, 4, 6, 3], false, 1, true),
        Architecture.ResNet50D => ([3, 4, 6, 3], true, 1, true),
        Architecture.ResNet101D => ([3, 4, 23, 3], true, 1, true),
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "Not a ResNet."),
    };

    public static ConvNet Describe(Architecture architecture, NetworkRequest request)
    {
        var (depths, bottleneck, slim, isD) = Config(architecture);
        request = request with { WidthMultiplier = request.WidthMultiplier * slim };
        Block BlockOf(int stage)
        {
            var width = request.Channels(Widths[stage]);
            Size2D stride = stage == 0 ? 1 : 2;
            var block = bottleneck ? Block.Bottleneck(width, stride: stride) : Block.Basic(width, stride: stride);
            return isD && stage > 0 ? block with { Downsampling = ResidualDownsampling.AveragePooling } : block;
        }
        return new()
        {
            Input = request.Input,
            Classes = request.Classes,
            Stem = new()
            {
                Blocks = isD ? DeepStem(request) : [request.IsCifarForm ? Block.Convolution(request.Channels(64)) : Block.Convolution(request.Channels(64), size: 7, stride: 2)],
                Pool = request.IsCifarForm ? null : new MaxPool(3, 2, 1),
            },
            Stages = [.. Enumerable.Range(0, Widths.Length).Select(stage => Stage.Repeat(BlockOf(stage), depths[stage]))],
        };
    }

    private static ImmutableArray<Block> DeepStem(NetworkRequest request) =>
    [
        Block.Convolution(request.Channels(DeepStemWidth), stride: request.IsCifarForm ? 1 : 2),
        Block.Convolution(request.Channels(DeepStemWidth)),
        Block.Convolution(request.Channels(2 * DeepStemWidth)),
    ];
}
