using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>Graphs of one kernel each. Those that the product writes come from its writer; the others are other ways to a rolling one.</summary>
internal static class RpwOnnxGraphs
{
    private const string Input = "input";
    private const string Output = "output";

    public static byte[] Pointwise(RollingShape shape) => Grouped(shape, 1, Draw(shape.Channels * shape.Channels));

    public static byte[] Grouped(RollingShape shape, float[] weights) => Grouped(shape, shape.Groups, weights);

    public static byte[] Rolling(RollingShape shape, float[] weights) => Product(shape, shape.Layer, weights);

    /// <summary>The one of the product's two forms that is possible for any overlap.</summary>
    public static byte[] Scattered(RollingShape shape, float[] weights)
    {
        var graph = Start(shape);
        var node = new LayerNode("kernel", shape.Layer, shape.Tensor, shape.Tensor);
        var folded = new FoldedConvolution([shape.Channels, shape.Windows.Width, 1, 1], weights, null);
        graph.AddNode("Identity", [new OnnxRollingWriter(graph, node, folded, shape.Windows).Scattered(Input)], [Output]);
        return graph.Build();
    }

    /// <summary>At half overlap: two grouped convolutions, one of them on the input rolled by half a window.</summary>
    public static byte[] Halves(RollingShape shape, float[] weights)
    {
        var (windows, groups) = (shape.Windows, shape.Groups);
        var rounds = shape.Channels / windows.Count;
        var graph = Start(shape);
        var axis = graph.AddInitializer("axis", [1], [1L]);
        var (zero, step, end) = (graph.AddInitializer("zero", [1], [0L]), graph.AddInitializer("step", [1], [(long)windows.Step]), graph.AddInitializer("end", [1], [(long)shape.Channels]));
        graph.AddNode("Slice", [Input, step, end, axis], ["tail"]);
        graph.AddNode("Slice", [Input, zero, step, axis], ["start"]);
        graph.AddNode("Concat", ["tail", "start"], ["rolled"], new OnnxAttribute("axis", 1));
        foreach (var (half, channels) in new[] { (0, Input), (1, "rolled") })
        {
            // Filter f = (round · groups + group) · 2 + half; the convolution wants them group by group.
            var order = from g in Enumerable.Range(0, groups) from round in Enumerable.Range(0, rounds) select (((round * groups) + g) * 2) + half;
            Convolve(graph, channels, $"half{half}", windows, Filters(weights, windows.Width, order), groups);
        }
        graph.AddNode("Concat", ["half0", "half1"], ["halves"], new OnnxAttribute("axis", 1));
        return Reorder(graph, shape, "halves", [2, groups, rounds], [0, 3, 2, 1, 4, 5]);
    }

    /// <summary>The stack of channels (Listing 2), made by one operator, and a convolution with a group for each window.</summary>
    public static byte[] Stack(RollingShape shape, float[] weights)
    {
        var windows = shape.Windows;
        var rounds = shape.Channels / windows.Count;
        var graph = Start(shape);
        var channels = (from window in Enumerable.Range(0, windows.Count) from i in Enumerable.Range(0, windows.Width) select (windows.Start(window) + (long)i) % shape.Channels).ToArray();
        graph.AddNode("Gather", [Input, graph.AddInitializer("channels", [channels.Length], channels)], ["stack"], new OnnxAttribute("axis", 1));
        var order = from window in Enumerable.Range(0, windows.Count) from round in Enumerable.Range(0, rounds) select (round * windows.Count) + window;
        Convolve(graph, "stack", rounds == 1 ? Output : "windows", windows, Filters(weights, windows.Width, order), windows.Count);
        return rounds == 1 ? graph.Build() : Reorder(graph, shape, "windows", [windows.Count, rounds], [0, 2, 1, 3, 4]);
    }

    /// <summary>Numbers between -1 and 1, the same every time.</summary>
    public static float[] Draw(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static byte[] Grouped(RollingShape shape, int groups, float[] weights) =>
        Product(shape, new Convolution { Filters = shape.Channels, Size = 1, Groups = groups, BatchNorm = false, Activation = Activation.None }, weights);

    private static byte[] Product(RollingShape shape, ConvLayer layer, float[] weights)
    {
        var stage = new Stage { Blocks = [new Block { Layers = [layer] }] };
        var layout = NetworkLayout.Of(new ConvNet { Input = shape.Tensor, Classes = 0, Stages = [stage], Head = null });
        var table = new WeightTable
        {
            [layout.Stages[0].Blocks[0].Layers[0].Name + WeightTable.Weight] = new([shape.Channels, weights.Length / shape.Channels, 1, 1], weights),
        };
        return OnnxWriter.Body(layout, table, shape.Batch, Input);
    }

    private static OnnxGraphBuilder Start(RollingShape shape)
    {
        var graph = new OnnxGraphBuilder("rival");
        graph.AddInput(Input, shape.Batch, shape.Channels, shape.Spatial, shape.Spatial);
        graph.AddOutput(Output, shape.Batch, shape.Channels, shape.Spatial, shape.Spatial);
        return graph;
    }

    private static void Convolve(OnnxGraphBuilder graph, string input, string output, RollingWindows windows, float[] weights, int groups) => graph.AddNode(
        "Conv",
        [input, graph.AddInitializer($"{output}.weight", [weights.Length / windows.Width, windows.Width, 1, 1], weights)],
        [output],
        new OnnxAttribute("kernel_shape", [1L, 1L]), new OnnxAttribute("group", groups));

    /// <summary>Splits the channels, permutes the parts and joins them again, which makes the output.</summary>
    private static byte[] Reorder(OnnxGraphBuilder graph, RollingShape shape, string input, long[] parts, long[] permutation)
    {
        var split = graph.AddInitializer("split", [parts.Length + 3], [shape.Batch, .. parts, shape.Spatial, shape.Spatial]);
        var joined = graph.AddInitializer("joined", [4], [(long)shape.Batch, shape.Channels, shape.Spatial, shape.Spatial]);
        graph.AddNode("Reshape", [input, split], ["parts"]);
        graph.AddNode("Transpose", ["parts"], ["ordered"], new OnnxAttribute("perm", permutation));
        graph.AddNode("Reshape", ["ordered", joined], [Output]);
        return graph.Build();
    }

    private static float[] Filters(float[] weights, int width, IEnumerable<int> order) =>
        [.. order.SelectMany(filter => weights.AsSpan(filter * width, width).ToArray())];
}
