using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// "Very Deep Convolutional Networks for Large-Scale Image Recognition", K. Simonyan and A. Zisserman, ICLR 2015. Five stages of 3×3
/// convolutions, max pooling after each.
/// CIFAR form: batch normalisation, and one linear layer below 100 classes (Table 3 of the 3DRF paper), three from 100 on (its Table 4).
/// ImageNet form: no batch normalisation, three linear layers.
/// </summary>
internal static class Vgg
{
    private static readonly ImmutableArray<int> Widths = [64, 128, 256, 512, 512];

    private static ImmutableArray<int> Depths(Architecture architecture) => architecture switch
    {
        Architecture.Vgg11 => [1, 1, 2, 2, 2],
        Architecture.Vgg13 => [2, 2, 2, 2, 2],
        Architecture.Vgg16 => [2, 2, 3, 3, 3],
        Architecture.Vgg19 => [2, 2, 4, 4, 4],
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "Not a VGG."),
    };

    public static ConvNet Describe(Architecture architecture, NetworkRequest request)
    {
        var depths = Depths(architecture);
        var (height, width) = (request.Input.Height, request.Input.Width);
        var stages = ImmutableArray.CreateBuilder<Stage>(Widths.Length);
        for (var i = 0; i < Widths.Length; i++)
        {
            // Small images run out of pixels before they run out of stages: a side of one pixel is not pooled any more.
            var window = new Size2D(height > 1 ? 2 : 1, width > 1 ? 2 : 1);
            var block = new Block
            {
                Layers = [new Convolution { Filters = request.Channels(Widths[i]), Size = 3, Bias = true, BatchNorm = request.IsCifarForm }],
            };
            stages.Add(Stage.Repeat(block, depths[i], window == 1 ? null : new MaxPool(window, window)));
            (height, width) = (height / window.Height, width / window.Width);
        }
        return new()
        {
            Input = request.Input,
            Classes = request.Classes,
            Stages = stages.MoveToImmutable(),
            Head = request.IsCifarForm && request.Classes < 100
                ? new() { Pooling = HeadPooling.Flatten }
                : new() { Pooling = HeadPooling.Flatten, HiddenLayers = [request.Channels(4096), request.Channels(4096)], Dropout = 0.5 },
        };
    }
}
