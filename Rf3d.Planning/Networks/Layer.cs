using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>
/// One step of a block: a convolution or a reordering of channels. It has neither weights nor a number of input channels, so that it fits any position in a network.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Convolution), "convolution")]
[JsonDerivedType(typeof(DepthwiseConvolution), "depthwise")]
[JsonDerivedType(typeof(RollingPointwiseConvolution), "rollingPointwise")]
[JsonDerivedType(typeof(ChannelShuffle), "channelShuffle")]
public abstract record Layer
{
    private protected Layer()
    {
    }
}

/// <summary>A kernel with weights: its linear part, then batch normalisation and an activation if asked for.</summary>
public abstract record ConvLayer : Layer
{
    private protected ConvLayer()
    {
    }

    /// <summary>Whether the linear part adds a bias per output channel. Default: false.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether batch normalisation follows, with a learned scale and shift per channel. Default: true.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>The activation after it. Default: ReLU.</summary>
    public Activation Activation { get; init; } = Activation.Relu;
}

/// <summary>A kernel with a spatial window.</summary>
public abstract record SpatialConvLayer : ConvLayer
{
    private readonly Size2D _size = 3;
    private readonly Size2D _stride = 1;
    private readonly Size2D _dilation = 1;
    private readonly Size2D? _padding;

    private protected SpatialConvLayer()
    {
    }

    /// <summary>Height and width of the window, in pixels. Default: 3×3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1, or above 4096.</exception>
    public Size2D Size { get => _size; init => _size = value.RequirePositive(nameof(Size)); }

    /// <summary>Step between windows, in pixels. Default: 1×1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1, or above 4096.</exception>
    public Size2D Stride { get => _stride; init => _stride = value.RequirePositive(nameof(Stride)); }

    /// <summary>Distance between the window's pixels, in pixels. Default: 1×1, a window without gaps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1, or above 4096.</exception>
    public Size2D Dilation { get => _dilation; init => _dilation = value.RequirePositive(nameof(Dilation)); }

    /// <summary>
    /// Zeros added on every side, in pixels. Default: null, ⌊dilation·(size − 1)/2⌋, with which odd sizes at stride 1 keep height and width.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative side, or one above 4096.</exception>
    public Size2D? Padding { get => _padding; init => _padding = value?.RequireNotNegative(nameof(Padding)); }

    internal Size2D Border => Padding ?? new(Dilation.Height * (Size.Height - 1) / 2, Dilation.Width * (Size.Width - 1) / 2);
}

/// <summary>
/// A convolution. By default a standard convolution (Eq. 1), whose filters see all input channels; with <see cref="SpatialConvLayer.Size"/> 1 a pointwise one (PW, Eq.
/// 3). With <see cref="Groups"/> above 1 a grouped (GC) or grouped pointwise (GPW) convolution.
/// </summary>
public sealed record Convolution : SpatialConvLayer
{
    private readonly int _filters = 1;
    private readonly int _groups = 1;

    /// <summary>Number of filters, which is the number of output channels. From 1 to 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1, or above 1,048,576.</exception>
    public required int Filters { get => _filters; init => _filters = Require.AtLeast(1, value, nameof(Filters)); }

    /// <summary>
    /// Number of groups that input channels and filters are divided into. A filter sees the channels of its group. It must divide both numbers. Default: 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int Groups { get => _groups; init => _groups = Require.AtLeast(1, value, nameof(Groups)); }
}

/// <summary>A depthwise (DW) convolution (Eq. 2): one filter per channel, output channels equal input channels.</summary>
public sealed record DepthwiseConvolution : SpatialConvLayer;

/// <summary>
/// A rolling pointwise (RPW) convolution (section 4.2, Listing 2): a 1×1 convolution whose filter f sees a window of
/// channels ⌊C/g⌋ wide that starts at (f · step) mod C and wraps around, with step = width − ⌊o · width⌋. Filters share channels with their
/// neighbours, so that the next such kernel sees further without a shuffle. Filters · width weights.
/// </summary>
public sealed record RollingPointwiseConvolution : ConvLayer
{
    private readonly int _filters = 1;
    private readonly int _groups = 2;
    private readonly double _overlap = 0.5;

    /// <summary>Number of filters, which is the number of output channels. From 1 to 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1, or above 1,048,576.</exception>
    public required int Filters { get => _filters; init => _filters = Require.AtLeast(1, value, nameof(Filters)); }

    /// <summary>
    /// g: a filter sees one g-th of the input channels. At least 2 (one group is a pointwise convolution), and divides the input channels. Default: 2.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 2.</exception>
    public int Groups { get => _groups; init => _groups = Require.GroupsOfRolling(value, nameof(Groups)); }

    /// <summary>o: the share of its channels that a filter has in common with the next one. From 0 to below 1; default 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0, or 1 and above.</exception>
    public double Overlap { get => _overlap; init => _overlap = Require.Overlap(value, nameof(Overlap)); }
}

/// <summary>
/// Channel shuffle (ShuffleNet; "interlacing" in clcNet): of <see cref="Groups"/> groups of n channels, channel j of group i becomes channel j · groups + i, so that the
/// next grouped convolution sees channels of every group. No weights, no multiply-accumulates.
/// </summary>
public sealed record ChannelShuffle : Layer
{
    private readonly int _groups = 2;

    /// <summary>Number of groups whose channels are interlaced. At least 2, and divides the channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 2.</exception>
    public required int Groups { get => _groups; init => _groups = Require.AtLeast(2, value, nameof(Groups)); }
}

/// <summary>Limits of a kernel's numbers.</summary>
internal static class Require
{
    public const string GroupsOfRollingText = "A rolling pointwise convolution needs at least 2 groups; with one group it is a pointwise convolution, new Convolution { Size = 1 }.";

    public const string OverlapText = "The overlap must be at least 0 and below 1; at 1 the windows would not move.";

    public static int AtLeast(int minimum, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, NetworkLimits.Channels, name);
        return value;
    }

    public static int GroupsOfRolling(int value, string name) => value >= 2 ? value : throw new ArgumentOutOfRangeException(
        name, value, GroupsOfRollingText);

    public static double Overlap(double value, string name) => value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(
        name, value, OverlapText);
}
