namespace Rf3d.MLNet;

/// <summary>
/// 3D receptive field: how much of a stage's input tensor flows into one output value (Eq. 4). For one-dimensional signals (height 1) the
/// height stays 1, which is d = 1 in Eq. 4.
/// </summary>
/// <param name="Height">Rows of the stage's input.</param>
/// <param name="Width">Columns of the stage's input.</param>
/// <param name="Channels">Channels of the stage's input.</param>
public readonly record struct ReceptiveField(long Height, long Width, long Channels)
{
    /// <summary>Height · width · channels: 3DRF in Eq. 4.</summary>
    public long Volume => checked(Height * Width * Channels);

    /// <summary>The field of a stage's input in itself: one value.</summary>
    internal static ReceptiveField Start => new(1, 1, 1);

    /// <summary>The field after one more kernel (Eq. 5 and 6). <paramref name="input"/> is the tensor that enters the stage.</summary>
    internal ReceptiveField After(Kernel kernel, TensorShape input, Saturation saturation)
    {
        var (grow, channels) = kernel switch
        {
            // Property functions g of Eq. 6: a standard convolution sees every channel of the stage's input, a depthwise one adds none.
            Convolution convolution => (Growth(convolution), input.Channels),
            DepthwiseConvolution depthwise => (Growth(depthwise), Channels),
            _ => throw new NotSupportedException($"{kernel.GetType().Name} has no property function (Eq. 6)."),
        };
        var next = new ReceptiveField(Height + grow.Height, Width + grow.Width, channels);
        return saturation == Saturation.Unclamped
            ? next
            : new(Math.Min(next.Height, input.Height), Math.Min(next.Width, input.Width), Math.Min(next.Channels, input.Channels));
    }

    /// <summary>What the window adds to the field on each axis: dilation · (size − 1). Eq. 5 does not count strides.</summary>
    private static Size2D Growth(SpatialKernel kernel) =>
        new(kernel.Dilation.Height * (kernel.Size.Height - 1), kernel.Dilation.Width * (kernel.Size.Width - 1));
}
