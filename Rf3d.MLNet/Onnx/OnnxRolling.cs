using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>
/// Recognizes a rolling pointwise convolution in the form of <see cref="OnnxWriter"/>: weights that the graph scatters among zeros, filter f's from
/// channel f · step on, around the end.
/// </summary>
internal static class OnnxRolling
{
    /// <param name="graph">The graph.</param>
    /// <param name="name">Of the convolution, for errors.</param>
    /// <param name="weights">The value that it takes as weights.</param>
    /// <returns>The kernel and its input channels, or null where the weights come about in another way.</returns>
    public static (RollingPointwiseConvolution Kernel, long Channels)? Read(OnnxGraph graph, string name, string weights)
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
        if (scatter?.Input(2) is not { } compact || graph.Tensor(compact) is not { Dims: [var filters, var width] } tensor
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
