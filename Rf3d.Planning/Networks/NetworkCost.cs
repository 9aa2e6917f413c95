using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>Cost of one layer for one image.</summary>
public sealed record LayerCost
{
    /// <summary>Place in the network, as in <c>stage2.block1.layer1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Learned numbers: weights, biases, and batch normalisation's two per channel.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of convolutions and linear layers for one image.</summary>
    public required long Macs { get; init; }
}

/// <summary>
/// Learned numbers and multiply-accumulates of a network: exact integers from the shapes. The FLOPs of papers are often these
/// multiply-accumulates (MACs); each is two floating-point operations.
/// </summary>
public sealed record NetworkCost
{
    /// <summary>The error of a kernel or a network whose numbers overflow; continues a sentence that begins with its name.</summary>
    internal const string TooLarge = "takes more multiply-accumulates for one image than a 64-bit number can count; use smaller images or kernels, or fewer channels";

    private NetworkCost(ImmutableArray<LayerCost> layers)
    {
        Layers = layers;
        Parameters = Sum(layers, layer => layer.Parameters);
        Macs = Sum(layers, layer => layer.Macs);
    }

    /// <summary>Learned numbers: weights, biases, and batch normalisation's two per channel.</summary>
    public long Parameters { get; }

    /// <summary>Multiply-accumulates of convolutions and linear layers for one image.</summary>
    public long Macs { get; }

    /// <summary>The same by layer, in the order in which data flows.</summary>
    public ImmutableArray<LayerCost> Layers { get; }

    internal static NetworkCost Of(NetworkLayout layout)
    {
        var kernels =
            from stage in layout.Body
            from block in stage.Blocks
            from layer in block.Projection is null ? block.Layers : block.Layers.Add(block.Projection)
            select Of(layer);
        var linears = layout.Linears.Select(linear => new LayerCost
        {
            Name = linear.Name,
            Parameters = ((long)linear.Inputs + 1) * linear.Outputs,
            Macs = (long)linear.Inputs * linear.Outputs,
        });
        return new([.. kernels, .. linears]);
    }

    /// <exception cref="InvalidOperationException">The numbers are too large; the message names the kernel.</exception>
    internal static LayerCost Of(LayerNode node)
    {
        try
        {
            return Count(node);
        }
        catch (OverflowException error)
        {
            throw new InvalidOperationException($"{node.Name} {TooLarge}.", error);
        }
    }

    private static long Sum(ImmutableArray<LayerCost> layers, Func<LayerCost, long> number)
    {
        try
        {
            return layers.Sum(number);
        }
        catch (OverflowException error)
        {
            throw new InvalidOperationException($"The network {TooLarge}.", error);
        }
    }

    private static LayerCost Count(LayerNode node)
    {
        var (input, output) = (node.Input.Channels, node.Output.Channels);
        var weights = checked(node.Layer switch
        {
            Convolution convolution => (long)input / convolution.Groups * convolution.Size.Height * convolution.Size.Width * output,
            DepthwiseConvolution depthwise => (long)depthwise.Size.Height * depthwise.Size.Width * output,
            RollingPointwiseConvolution rolling => (long)RollingWindows.Of(rolling, input).Width * output,
            ChannelShuffle => 0,
            var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, whose cost is not known."),
        });
        var extras = node.Layer is ConvLayer layer ? (layer.Bias ? 1 : 0) + (layer.BatchNorm ? 2 : 0) : 0;
        return new() { Name = node.Name, Parameters = checked(weights + ((long)extras * output)), Macs = checked(weights * node.Output.Height * node.Output.Width) };
    }
}
