using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>What follows a kernel's linear part.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Activation>))]
public enum Activation
{
    /// <summary>Nothing: the kernel's output goes on as it is.</summary>
    None,

    /// <summary>Rectified linear unit, max(x, 0).</summary>
    Relu,
}

/// <summary>
/// One convolution kernel of a block: its linear part, then batch normalisation and an activation if asked for. A description only: it holds
/// no weights and does not know its input channels, so that it can stand anywhere in a network.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Convolution), "convolution")]
[JsonDerivedType(typeof(DepthwiseConvolution), "depthwise")]
public abstract record Kernel
{
    private protected Kernel()
    {
    }

    /// <summary>Whether the linear part adds a bias per output channel. Default: false.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether batch normalisation follows, with a learned scale and shift per channel. Default: true.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>The activation after it. Default: ReLU.</summary>
    public Activation Activation { get; init; } = Activation.Relu;
}

/// <summary>
/// A kernel that looks at a window of pixels. The input is padded by ⌊dilation·(size − 1)/2⌋ zeros on every side, so that odd sizes at
/// stride 1 keep height and width.
/// </summary>
public abstract record SpatialKernel : Kernel
{
    private readonly Size2D _size = 3;
    private readonly Size2D _stride = 1;
    private readonly Size2D _dilation = 1;

    private protected SpatialKernel()
    {
    }

    /// <summary>Height and width of the window, in pixels. Default: 3×3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1.</exception>
    public Size2D Size { get => _size; init => _size = value.RequirePositive(nameof(Size)); }

    /// <summary>Step between windows, in pixels. Default: 1×1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1.</exception>
    public Size2D Stride { get => _stride; init => _stride = value.RequirePositive(nameof(Stride)); }

    /// <summary>Distance between the window's pixels, in pixels. Default: 1×1, a window without gaps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1.</exception>
    public Size2D Dilation { get => _dilation; init => _dilation = value.RequirePositive(nameof(Dilation)); }

    internal Size2D Padding => new(Dilation.Height * (Size.Height - 1) / 2, Dilation.Width * (Size.Width - 1) / 2);
}

/// <summary>
/// A standard convolution (Eq. 1): every filter sees all input channels. With <see cref="SpatialKernel.Size"/> 1 it is a pointwise (PW)
/// convolution (Eq. 3).
/// </summary>
public sealed record Convolution : SpatialKernel
{
    private readonly int _filters = 1;

    /// <summary>Number of filters, which is the number of output channels. At least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int Filters
    {
        get => _filters;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Filters));
            _filters = value;
        }
    }
}

/// <summary>A depthwise (DW) convolution (Eq. 2): one filter per channel, output channels equal input channels.</summary>
public sealed record DepthwiseConvolution : SpatialKernel;
