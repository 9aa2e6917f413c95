using System.Collections.Immutable;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>How a block of factorized kernels brings channels together.</summary>
internal enum ChannelMixing
{
    Pointwise,
    Grouped,
    ShuffledGrouped,
    Rolling,
}

/// <summary>
/// The replacement of a convolution: a depthwise kernel for the pixels, and one of four for the channels. In place of a 1×1 convolution, which has
/// no pixels to bring together, only the latter.
/// </summary>
internal sealed record FactorizedBlock(ChannelMixing Mixing, int Groups = 1, double Overlap = 0)
{
    public static FactorizedBlock DepthwisePointwise { get; } = new(ChannelMixing.Pointwise);

    public bool CanReplace(Layer layer) =>
        layer is Convolution { Groups: 1 } convolution
        && (convolution.Size != 1 || (Mixing != ChannelMixing.Pointwise && convolution.Stride == 1 && convolution.Border == 0));

    /// <summary>The kernels that replace <paramref name="layer"/>, with its filters, stride, normalisation and activation.</summary>
    public ImmutableArray<Layer> Replace(Convolution layer)
    {
        // A bias before a batch normalisation does nothing but cost parameters.
        var bias = layer.Bias && !layer.BatchNorm;
        ImmutableArray<Layer> pixels = layer.Size == 1
            ? []
            : [
                new DepthwiseConvolution
                {
                    Size = layer.Size,
                    Stride = layer.Stride,
                    Dilation = layer.Dilation,
                    Padding = layer.Padding,
                    Bias = bias,
                    BatchNorm = layer.BatchNorm,
                    // Before a sum a convolution has no activation; between the two kernels that replace it there is one nevertheless.
                    Activation = layer.Activation == Activation.None ? Activation.Relu : layer.Activation,
                },
            ];
        var grouped = new Convolution
        {
            Filters = layer.Filters,
            Size = 1,
            Groups = Groups,
            Bias = bias,
            BatchNorm = layer.BatchNorm,
            Activation = layer.Activation,
        };
        return Mixing switch
        {
            ChannelMixing.Pointwise or ChannelMixing.Grouped => [.. pixels, grouped],
            ChannelMixing.ShuffledGrouped => [.. pixels, new ChannelShuffle { Groups = Groups }, grouped],
            ChannelMixing.Rolling =>
            [
                .. pixels,
                new RollingPointwiseConvolution
                {
                    Filters = layer.Filters,
                    Groups = Groups,
                    Overlap = Overlap,
                    Bias = bias,
                    BatchNorm = layer.BatchNorm,
                    Activation = layer.Activation,
                },
            ],
            var other => throw new NotSupportedException($"Channels are combined by {other}, which is unknown."),
        };
    }

    /// <summary>The kernel for the channels, in the names of the paper: RPW-g2-o50.</summary>
    public string ChannelName => Mixing switch
    {
        ChannelMixing.Pointwise => "PW",
        ChannelMixing.Grouped => Invariant($"GPW-g{Groups}"),
        ChannelMixing.ShuffledGrouped => Invariant($"shuffle+GPW-g{Groups}"),
        ChannelMixing.Rolling => LayerName.Rolling(Groups, Overlap),
        var other => throw new NotSupportedException($"Channels are combined by {other}, which is unknown."),
    };

    /// <summary>The block by the paper's names: DW+RPW-g2-o50.</summary>
    public override string ToString() => "DW+" + ChannelName;
}
