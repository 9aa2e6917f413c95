using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>The output shape of a kernel or a pool.</summary>
internal static class LayerShape
{
    /// <summary>The shape after <paramref name="layer"/>.</summary>
    /// <exception cref="ShapeException">It cannot run on <paramref name="input"/>.</exception>
    public static TensorShape After(this TensorShape input, Layer layer)
    {
        switch (layer)
        {
            case Convolution convolution:
                RequireDivisor(convolution.Groups, input.Channels, "input channels");
                RequireDivisor(convolution.Groups, convolution.Filters, "filters");
                return Slide(input, convolution) with { Channels = convolution.Filters };
            case DepthwiseConvolution depthwise:
                return Slide(input, depthwise);
            case RollingPointwiseConvolution rolling:
                if (rolling.Groups > input.Channels)
                    throw new ShapeException(Invariant($"has {rolling.Groups} groups for {input.Channels} input channels, so that its windows would be empty and roll by steps of 0; use at most {input.Channels} groups"));
                RequireDivisor(rolling.Groups, input.Channels, "input channels");
                return input with { Channels = rolling.Filters };
            case ChannelShuffle shuffle:
                RequireDivisor(shuffle.Groups, input.Channels, "input channels");
                return input;
            default:
                throw new NotSupportedException($"A {layer.GetType().Name} has no known shape.");
        }
    }

    /// <summary>The shape after <paramref name="pool"/>.</summary>
    /// <inheritdoc cref="After(TensorShape, Layer)"/>
    public static TensorShape After(this TensorShape input, Pool pool)
    {
        if (pool.Padding.Height * 2 > pool.Size.Height || pool.Padding.Width * 2 > pool.Size.Width)
            throw new ShapeException($"is padded by {pool.Padding}, more than half of its window {pool.Size}");
        return input with
        {
            Height = Slide("height", input.Height, pool.Size.Height, pool.Stride.Height, pool.Padding.Height),
            Width = Slide("width", input.Width, pool.Size.Width, pool.Stride.Width, pool.Padding.Width),
        };
    }

    /// <summary>The shape after average pooling with <paramref name="window"/> as window and step, and sizes rounded up.</summary>
    public static TensorShape Averaged(this TensorShape input, Size2D window) => input with
    {
        Height = (input.Height + window.Height - 1) / window.Height,
        Width = (input.Width + window.Width - 1) / window.Width,
    };

    private static TensorShape Slide(TensorShape input, SpatialConvLayer layer) => input with
    {
        Height = Slide("height", input.Height, (layer.Dilation.Height * (layer.Size.Height - 1)) + 1, layer.Stride.Height, layer.Border.Height),
        Width = Slide("width", input.Width, (layer.Dilation.Width * (layer.Size.Width - 1)) + 1, layer.Stride.Width, layer.Border.Width),
    };

    private static int Slide(string side, int length, int window, int stride, int padding)
    {
        var room = length + (2 * padding) - window;
        return room >= 0
            ? (room / stride) + 1
            : throw new ShapeException(Invariant($"needs a {side} of at least {window - (2 * padding)} pixels and gets {length}; use larger images or fewer strides and pools"));
    }

    private static void RequireDivisor(int groups, int count, string what)
    {
        if (count % groups != 0)
            throw new ShapeException(Invariant($"has {groups} groups, which do not divide its {count} {what}"));
    }
}

/// <summary>A kernel or a pool that cannot run on its input. The message continues a sentence that begins with its name: "has 3 groups, which …".</summary>
internal sealed class ShapeException(string message) : Exception(message);
