using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// "Deep Residual Learning for Image Recognition", K. He, X. Zhang, S. Ren and J. Sun, CVPR 2016. Four stages of basic blocks (18, 34) or
/// bottlenecks (50 and up), with projections where the shape changes and the stride on the 3×3 kernel.
/// Stem: 3×3 at stride 1 in the CIFAR form; 7×7 at stride 2 and max pooling in the ImageNet form.
/// </summary>
internal static class ResNet
{
    private static readonly ImmutableArray<int> Widths = [64, 128, 256, 512];

    private static (ImmutableArray<int> Depths, bool Bottleneck, double Width) Config(Architecture architecture) => architecture switch
    {
        Architecture.ResNet18Slim => ([2, 2, 2, 2], false, 0.5),
        Architecture.ResNet18 => ([2, 2, 2, 2], false, 1),
        Architecture.ResNet34 => ([3, 4, 6, 3], false, 1),
        Architecture.ResNet50 => ([3, 4, 6, 3], true, 1),
        Architecture.ResNet101 => ([3, 4, 23, 3], true, 1),
        Architecture.ResNet152 => ([3, 8, 36, 3], true, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "Not a ResNet."),
    };

    public static ConvNet Describe(Architecture architecture, NetworkRequest request)
    {
        var (depths, bottleneck, slim) = Config(architecture);
        request = request with { WidthMultiplier = request.WidthMultiplier * slim };
        Block BlockOf(int stage)
        {
            var width = request.Channels(Widths[stage]);
            Size2D stride = stage == 0 ? 1 : 2;
            return bottleneck ? Block.Bottleneck(width, stride: stride) : Block.Basic(width, stride: stride);
        }
        return new()
        {
            Input = request.Input,
            Classes = request.Classes,
            Stem = request.IsCifarForm
                ? new() { Blocks = [Block.Convolution(request.Channels(64))] }
                : new() { Blocks = [Block.Convolution(request.Channels(64), size: 7, stride: 2)], Pool = new MaxPool(3, 2, 1) },
            Stages = [.. Enumerable.Range(0, Widths.Length).Select(stage => Stage.Repeat(BlockOf(stage), depths[stage]))],
        };
    }
}
