using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Recognizes a rolling pointwise convolution in the form of <see cref="OnnxWriter"/>: weights that the graph scatters among zeros, filter f's from
/// channel f · step on, around the end.
/// </summary>
internal static class OnnxRolling
{
    // One for each channel of the stack, and for each filter.
    private const int MostIndices = 1 << 21;

    /// <param name="graph">The graph.</param>
    /// <param name="name">Of the convolution, for errors.</param>
    /// <param name="weights">The value that it takes as weights.</param>
    /// <returns>The kernel and its input channels, or null where the weights come about in another way.</returns>
    public static (RollingPointwiseConvolution Layer, long Channels)? Read(OnnxGraph graph, string name, string weights)
    {
        NodeProto? Maker(NodeProto? node, int input, string type) =>
            node?.Input(input) is { } value && graph.Maker(value) is { } maker && maker.OpType == type ? maker : null;
        long? Constant(NodeProto? node, int input) =>
            node?.Input(input) is { } value && graph.Tensor(value).Integers() is [var number] ? number : null;

        var reshape = graph.Maker(weights) is { OpType: "Reshape" } maker ? maker : null;
        var scatter = Maker(reshape, 0, "ScatterElements");
        var ring = Maker(scatter, 1, "Mod");
        var places = Maker(ring, 0, "Add");
        var offsets = Maker(Maker(places, 0, "Unsqueeze"), 0, "Mul");
        if (Maker(scatter, 2, "Reshape")?.Input(0) is not { } compact || graph.Tensor(compact) is not { Dims: [var filters, var width, 1, 1] } tensor
            || Constant(ring, 1) is not { } channels || Constant(offsets, 1) is not { } step)
        {
            return null;
        }
        OnnxConvolution.RequireFloat(name, compact, tensor);
        var (count, all) = (ImportedNumber.Count(name, "number of filters", filters), ImportedNumber.Count(name, "number of channels", channels));
        var window = ImportedNumber.Count(name, "window", width);
        if (all % window != 0 || all == window || step < 1 || step > window)
        {
            throw NetworkImportException.At(
                name, $"has windows of {width} of {channels} channels that roll by {step}; a window is half of the channels or a smaller part that divides them, and the step is 1 to the window");
        }
        return (new RollingPointwiseConvolution { Filters = count, Groups = all / window, Overlap = Overlap(window, (int)step) }, channels);
    }

    /// <summary>Reads the stacked form: Gather of the windows' channels, Conv with a group a window, and the shuffle that brings the filters in order.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="gather">Its first node.</param>
    /// <param name="input">The feature maps that it takes.</param>
    /// <returns>The kernel and the value that it makes; null where these nodes are something else.</returns>
    public static (RollingPointwiseConvolution Layer, string Output)? ReadStack(OnnxGraph graph, NodeProto gather, TensorShape input)
    {
        NodeProto? Next(NodeProto? node, string type) =>
            node is not null && graph.Readers(node.Output[0]) is [var next] && next.OpType == type && next.Input(0) == node.Output[0] ? next : null;
        IReadOnlyList<long>? Integers(NodeProto? node, int place) => node?.Input(place) is { } value ? graph.Tensor(value).Integers(MostIndices) : null;

        var convolution = Next(gather, "Conv");
        if (gather.Integer("axis", 0) != 1 || Integers(gather, 1) is not { Count: > 0 } channels || convolution?.Input(1) is not { } weights
            || graph.Maker(weights) is not { OpType: "Gather" } ordered || ordered.Input(0) is not { } own
            || graph.Tensor(own) is not { Dims: [var filters, var width, 1, 1], DataType: (int)TensorProto.Types.DataType.Float })
        {
            return null;
        }
        var name = OnnxNode.Describe(convolution);
        var (count, window, windowCount) = (ImportedNumber.Count(name, "number of filters", filters), ImportedNumber.Count(name, "window", width), (int)Math.Min(int.MaxValue, convolution.Integer("group", 1)));
        if (window >= input.Channels || input.Channels % window != 0 || (long)windowCount * window != channels.Count || windowCount < 2 || count % windowCount != 0)
            return null;
        var step = (int)channels[window];
        if (step < 1 || step > window)
            return null;
        var layer = new RollingPointwiseConvolution
        {
            Filters = count,
            Groups = input.Channels / window,
            Overlap = Overlap(window, step),
            Bias = convolution.Input(2) is not null,
        };
        var windows = RollingWindows.Of(layer, input.Channels);
        var rounds = count / windowCount;
        var isRolling = windows.Step == step && windows.Count == windowCount
            && channels.Select((channel, i) => channel == (windows.Start(i / window) + (i % window)) % input.Channels).All(same => same)
            && Integers(ordered, 1) is { } order && order.Count == count
            && order.Select((filter, i) => filter == ((long)i % rounds * windowCount) + (i / rounds)).All(same => same);
        if (!isRolling)
            return null;
        if (rounds == 1)
            return (layer, convolution.Output[0]);
        var split = Next(convolution, "Reshape");
        var swap = Next(split, "Transpose");
        var join = Next(swap, "Reshape");
        return Integers(split, 1) is [_, var parts, var share, _, _] && parts == windowCount && share == rounds
            && swap?.Integers("perm") is [0, 2, 1, 3, 4] && Integers(join, 1) is [_, var all, _, _] && all == count
            ? (layer, join!.Output[0])
            : null;
    }

    /// <summary>An overlap that makes this step of <see cref="RollingWindows"/>, which rounds down: one half, the usual one, if it does.</summary>
    private static double Overlap(int width, int step)
    {
        var shared = width - step;
        if (width / 2 == shared)
            return 0.5;
        var overlap = shared / (double)width;
        return (int)(overlap * width) == shared ? overlap : Math.BitIncrement(overlap);
    }
}
