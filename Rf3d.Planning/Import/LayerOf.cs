namespace Rf3d.Planning;

/// <summary>How a convolution's window moves: the four pairs of numbers that frameworks have for it.</summary>
internal readonly record struct ConvolutionWindow(Size2D Size, Size2D Stride, Size2D Dilation, Size2D Padding);

/// <summary>Which of our kernels a framework's convolution is.</summary>
internal static class LayerOf
{
    public static SpatialConvLayer Convolution(long channels, int filters, int groups, ConvolutionWindow window, bool hasBias)
    {
        SpatialConvLayer layer = groups > 1 && groups == channels && groups == filters
            ? new DepthwiseConvolution { Bias = hasBias }
            : new Convolution { Filters = filters, Groups = groups, Bias = hasBias };
        layer = layer with { Size = window.Size, Stride = window.Stride, Dilation = window.Dilation };
        // A padding that is the default is left unsaid, so that networks that compute the same are equal.
        return layer.Border == window.Padding ? layer : layer with { Padding = window.Padding };
    }

    /// <summary>Whether the windows reach the far border exactly, so that rounding sizes up changes nothing.</summary>
    public static bool Tiles(this Pool pool, TensorShape input) =>
        (input.Height + (2 * pool.Padding.Height) - pool.Size.Height) % pool.Stride.Height == 0
        && (input.Width + (2 * pool.Padding.Width) - pool.Size.Width) % pool.Stride.Width == 0;
}
