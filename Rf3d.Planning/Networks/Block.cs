using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// The unit that the metric counts and the organizer moves: consecutive kernels, with or without a residual connection around them. One 3×3 convolution in VGG, a
/// depthwise and a pointwise kernel in MobileNet, a bottleneck in ResNet.
/// </summary>
public sealed record Block
{
    private readonly ImmutableArray<Layer> _layers = [];

    /// <summary>The kernels, in the order in which data flows. At least one.</summary>
    /// <exception cref="ArgumentException">No kernel.</exception>
    public required ImmutableArray<Layer> Layers
    {
        get => _layers;
        init => _layers = value.IsDefaultOrEmpty || value.Contains(null!) ? throw new ArgumentException("A block needs at least one kernel, and none may be null.", nameof(Layers)) : value;
    }

    /// <summary>
    /// Whether the block's input is added to its output. If their shapes differ, the residual connection is a projection: a 1×1 convolution with the block's stride and
    /// batch normalisation. Default: false.
    /// </summary>
    public bool Residual { get; init; }

    /// <summary>The activation after the sum of a <see cref="Residual"/> block. Default: ReLU.</summary>
    public Activation SumActivation { get; init; } = Activation.Relu;

    /// <summary>One convolution with batch normalisation and ReLU: VGG's unit.</summary>
    /// <param name="filters">Output channels.</param>
    /// <param name="size">Kernel height and width, in pixels. Default: 3×3.</param>
    /// <param name="stride">Default: 1.</param>
    /// <param name="dilation">Default: 1.</param>
    public static Block Convolution(int filters, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null) =>
        new() { Layers = [new Convolution { Filters = filters, Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 }] };

    /// <summary>A depthwise and a pointwise convolution, each with batch normalisation and ReLU: MobileNet's unit (DW+PW).</summary>
    /// <param name="filters">Output channels of the pointwise convolution.</param>
    /// <param name="size">Height and width of the depthwise kernel, in pixels. Default: 3×3.</param>
    /// <param name="stride">Stride of the depthwise kernel. Default: 1.</param>
    /// <param name="dilation">Dilation of the depthwise kernel. Default: 1.</param>
    public static Block DepthwiseSeparable(int filters, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null) => new()
    {
        Layers =
        [
            new DepthwiseConvolution { Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 },
            new Convolution { Filters = filters, Size = 1 },
        ],
    };

    /// <summary>
    /// A depthwise, a channel shuffle and a grouped pointwise convolution (DW+shuffle+GPW, Figure 5): two in a row see all channels where groups²
    /// is at most their number.
    /// </summary>
    /// <param name="filters">Output channels of the grouped pointwise convolution.</param>
    /// <param name="groups">Groups, which divide input channels and filters. At least 2.</param>
    /// <param name="size">Height and width of the depthwise kernel, in pixels. Default: 3×3.</param>
    /// <param name="stride">Stride of the depthwise kernel. Default: 1.</param>
    /// <param name="dilation">Dilation of the depthwise kernel. Default: 1.</param>
    public static Block DepthwiseGrouped(int filters, int groups, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null) => new()
    {
        Layers =
        [
            new DepthwiseConvolution { Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 },
            new ChannelShuffle { Groups = groups },
            new Convolution { Filters = filters, Size = 1, Groups = groups },
        ],
    };

    /// <summary>A depthwise and a rolling pointwise convolution (DW+RPW, Figure 5): the paper's new block.</summary>
    /// <param name="filters">Output channels of the rolling pointwise convolution.</param>
    /// <param name="groups">g: each filter sees one g-th of the channels. At least 2; default 2.</param>
    /// <param name="overlap">o: the share of channels that neighbouring filters have in common. 0 to below 1; default 0.5.</param>
    /// <param name="size">Height and width of the depthwise kernel, in pixels. Default: 3×3.</param>
    /// <param name="stride">Stride of the depthwise kernel. Default: 1.</param>
    /// <param name="dilation">Dilation of the depthwise kernel. Default: 1.</param>
    public static Block DepthwiseRolling(int filters, int groups = 2, double overlap = 0.5, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null) => new()
    {
        Layers =
        [
            new DepthwiseConvolution { Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 },
            new RollingPointwiseConvolution { Filters = filters, Groups = groups, Overlap = overlap },
        ],
    };

    /// <summary>Two convolutions in a residual block: the unit of ResNet18 and 34.</summary>
    /// <param name="filters">Output channels of both convolutions.</param>
    /// <param name="size">Kernel height and width, in pixels. Default: 3×3.</param>
    /// <param name="stride">Stride of the first convolution. Default: 1.</param>
    /// <param name="dilation">Dilation of both convolutions. Default: 1.</param>
    public static Block Basic(int filters, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null) => new()
    {
        Residual = true,
        Layers =
        [
            new Convolution { Filters = filters, Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 },
            new Convolution { Filters = filters, Size = size ?? 3, Dilation = dilation ?? 1, Activation = Activation.None },
        ],
    };

    /// <summary>A 1×1, a k×k and a 1×1 convolution in a residual block: the unit of ResNet50 and larger.</summary>
    /// <param name="filters">Channels of the two inner convolutions; the output has <paramref name="expansion"/> times as many.</param>
    /// <param name="size">Height and width of the middle kernel, in pixels. Default: 3×3.</param>
    /// <param name="stride">Stride of the middle kernel. Default: 1.</param>
    /// <param name="dilation">Dilation of the middle kernel. Default: 1.</param>
    /// <param name="expansion">Default: 4.</param>
    public static Block Bottleneck(int filters, Size2D? size = null, Size2D? stride = null, Size2D? dilation = null, int expansion = 4) => new()
    {
        Residual = true,
        Layers =
        [
            new Convolution { Filters = filters, Size = 1 },
            new Convolution { Filters = filters, Size = size ?? 3, Stride = stride ?? 1, Dilation = dilation ?? 1 },
            new Convolution { Filters = checked(filters * expansion), Size = 1, Activation = Activation.None },
        ],
    };

    /// <summary>The same block at stride 1, as the organizer appends it to a stage.</summary>
    internal Block WithoutStride() => this with
    {
        Layers = [.. Layers.Select(layer => layer is SpatialConvLayer spatial ? spatial with { Stride = 1 } : layer)],
    };

    /// <summary>Blocks are equal when their kernels and residual connections are.</summary>
    public bool Equals(Block? other) => other is not null && Residual == other.Residual && SumActivation == other.SumActivation && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Residual, Layers.Length, Layers[0]);
}
