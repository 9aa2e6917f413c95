using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Writes a rolling pointwise convolution in the faster of two forms. In both the file holds the kernel's own weights, in the order of the filters; the work
/// to be done on them depends on constants only, so that ONNX Runtime does it once, when it loads the model.
/// <list type="bullet">
/// <item>Scattered: a pointwise convolution with zeros between the weights, as fast as any other.</item>
/// <item>Stacked: the channels of all windows, gathered, and a convolution with a group for each window. At half overlap the stack is twice the
/// input and the convolution does 2 / groups of the work: from 256 channels and 4 groups, or 512 channels on, 0.3 to 1.0 of the time. At other overlaps the
/// windows are many and the stack is huge.</item>
/// </list>
/// docs/benchmarks/rpw-onnx.md has the measurements.
/// </summary>
internal sealed class OnnxRollingWriter(OnnxGraphBuilder graph, LayerNode node, FoldedConvolution folded, RollingWindows windows)
{
    private readonly int _filters = node.Output.Channels;

    /// <returns>The value before the activation.</returns>
    public string Write(string input, int groups)
    {
        var isTiled = windows.Step * 2 == windows.Width && _filters % windows.Count == 0;
        return isTiled && (windows.Channels >= 512 || (windows.Channels >= 256 && groups >= 4)) ? Stacked(input) : Scattered(input);
    }

    internal string Scattered(string input)
    {
        var weights = Node("Reshape", "weights", [Weight(), Numbers("flat", [2], _filters, windows.Width)]);
        var (zero, one) = (Numbers("zero", [], 0), Numbers("one", [], 1));
        var filters = Node("Range", "filters", [zero, Numbers("count", [], _filters), one]);
        var starts = Node("Unsqueeze", "starts", [Node("Mul", "offsets", [filters, Numbers("step", [], windows.Step)]), Numbers("axis", [1], 1)]);
        var places = Node("Add", "places", [starts, Node("Range", "window", [zero, Numbers("width", [], windows.Width), one])]);
        var channels = Node("Mod", "channels", [places, Numbers("ring", [], windows.Channels)]);
        var zeros = Node("ConstantOfShape", "zeros", [Numbers("matrix", [2], _filters, windows.Channels)]);
        var dense = Node("ScatterElements", "dense", [zeros, channels, weights], new OnnxAttribute("axis", 1));
        var scattered = Node("Reshape", "scattered", [dense, Numbers("shape", [4], _filters, windows.Channels, 1, 1)]);
        return Node("Conv", "linear", Bias() is { } bias ? [input, scattered, bias] : [input, scattered], new OnnxAttribute("kernel_shape", [1L, 1L]));
    }

    internal string Stacked(string input)
    {
        var (count, rounds) = (windows.Count, _filters / windows.Count);
        long[] channels = [.. Enumerable.Range(0, count).SelectMany(window => Enumerable.Range(windows.Start(window), windows.Width)).Select(channel => (long)channel % windows.Channels)];
        var stack = Node("Gather", "stack", [input, Numbers("channels", [channels.Length], channels)], new OnnxAttribute("axis", 1));
        // Filter round · count + window, window by window.
        var order = Numbers("order", [_filters], [.. Enumerable.Range(0, _filters).Select(i => ((long)i % rounds * count) + (i / rounds))]);
        var weights = Node("Gather", "weights", [Weight(), order], new OnnxAttribute("axis", 0));
        string[] inputs = Bias() is { } bias ? [stack, weights, Node("Gather", "biases", [bias, order], new OnnxAttribute("axis", 0))] : [stack, weights];
        var grouped = Node("Conv", rounds == 1 ? "linear" : "windows", inputs, new OnnxAttribute("kernel_shape", [1L, 1L]), new OnnxAttribute("group", count));
        if (rounds == 1)
            return grouped;
        var (height, width) = (node.Output.Height, node.Output.Width);
        var split = Node("Reshape", "split", [grouped, Numbers("parts", [5], -1, count, rounds, height, width)]);
        var swapped = Node("Transpose", "swapped", [split], new OnnxAttribute("perm", [0L, 2, 1, 3, 4]));
        return Node("Reshape", "linear", [swapped, Numbers("whole", [4], -1, _filters, height, width)]);
    }

    private string Weight() => graph.AddInitializer(node.Name + WeightTable.Weight, folded.Shape, folded.Weights);

    private string? Bias() => folded.Bias is null ? null : graph.AddInitializer(node.Name + WeightTable.Bias, [folded.Bias.Length], folded.Bias);

    private string Numbers(string part, long[] shape, params long[] values) => graph.AddInitializer($"{node.Name}.{part}", shape, values);

    private string Node(string type, string part, string[] inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        graph.AddNode(type, inputs, [$"{node.Name}.{part}"], attributes);
        return $"{node.Name}.{part}";
    }
}
