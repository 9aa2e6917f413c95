namespace Rf3d.Planning;

/// <summary>
/// 3D receptive field: the part of the input of a stage that one output value depends on (Eq. 4). For one-dimensional signals (height 1) the height stays 1, which is d =
/// 1 in Eq. 4.
/// </summary>
/// <param name="Height">Rows of the stage's input.</param>
/// <param name="Width">Columns of the stage's input.</param>
/// <param name="Channels">Channels of the stage's input.</param>
public readonly record struct ReceptiveField(long Height, long Width, long Channels)
{
    /// <summary>Height · width · channels: 3DRF in Eq. 4.</summary>
    public long Volume => checked(Height * Width * Channels);

    /// <summary>Height, width and channels as in <c>3x3x64</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Height}x{Width}x{Channels}");

    /// <summary>The field of a stage's input in itself: one value.</summary>
    internal static ReceptiveField Start => new(1, 1, 1);

    /// <summary>The field after one more kernel, in closed form (Eq. 5 and 6).</summary>
    /// <param name="layer">The kernel.</param>
    /// <param name="channels">Channels of the tensor that enters the kernel.</param>
    /// <param name="input">The tensor that enters the stage.</param>
    /// <param name="clamping">Whether the field stops at <paramref name="input"/>.</param>
    internal ReceptiveField After(Layer layer, int channels, TensorShape input, ReceptiveFieldClamping clamping)
    {
        // Property functions g of Eq. 6. A pointwise or a standard convolution sees every channel of the stage's input, a depthwise one and a
        // shuffle add none. The others see at most as much as all the channels that they read see together: exact where those see different
        // things, which a shuffle before them ensures. ChannelReach has the exact number.
        var (grow, reach) = layer switch
        {
            Convolution { Groups: 1 } convolution => (Growth(convolution), input.Channels),
            Convolution grouped => (Growth(grouped), Channels * (channels / grouped.Groups)),
            DepthwiseConvolution depthwise => (Growth(depthwise), Channels),
            RollingPointwiseConvolution rolling => (default, Channels * RollingWindows.Of(rolling, channels).Width),
            ChannelShuffle => (default, Channels),
            _ => throw new NotSupportedException($"{layer.GetType().Name} has no property function (Eq. 6)."),
        };
        var next = new ReceptiveField(Height + grow.Height, Width + grow.Width, Math.Min(reach, input.Channels));
        return clamping == ReceptiveFieldClamping.Unclamped ? next : next with { Height = Math.Min(next.Height, input.Height), Width = Math.Min(next.Width, input.Width) };
    }

    /// <summary>The increase of the field by the window on each axis: dilation · (size − 1). Eq. 5 does not count strides.</summary>
    private static Size2D Growth(SpatialConvLayer layer) =>
        new(layer.Dilation.Height * (layer.Size.Height - 1), layer.Dilation.Width * (layer.Size.Width - 1));
}
