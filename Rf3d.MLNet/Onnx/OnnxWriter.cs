namespace Rf3d.MLNet;

/// <summary>
/// Writes a trained network as an ONNX graph: the ONNX reader of <see cref="NetworkLayout"/>. Images go in as raw RGB from 0 to 255; the
/// normalisation is the graph's first step, so that nobody has to know its figures.
/// </summary>
internal sealed class OnnxWriter
{
    public const string ImageInput = "image";
    public const string LogitsOutput = "logits";
    public const string ProbabilitiesOutput = "probabilities";

    private readonly NetworkLayout _layout;
    private readonly WeightTable _weights;
    private readonly OnnxGraphBuilder _graph;
    private readonly string _input;

    private OnnxWriter(NetworkLayout layout, WeightTable weights, string input)
    {
        _input = input;
        _layout = layout;
        _weights = weights;
        _graph = new OnnxGraphBuilder(layout.Network.Name);
    }

    /// <summary>
    /// The network without its last linear layer, for one image: [1, 3, height, width] in, [features] out, under the given names.
    /// </summary>
    public static byte[] Backbone(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics, string input, string output)
    {
        var writer = new OnnxWriter(layout, weights, input);
        var graph = writer._graph;
        var features = writer.Features(writer.Normalized(1, statistics));
        var size = layout.Classifier.Inputs;
        graph.AddNode("Reshape", [features, graph.AddInitializer("features.shape", [1], [(long)size])], [output]);
        graph.AddOutput(output, size);
        return graph.Build();
    }

    /// <summary>The whole classifier, for any number of images: [batch, 3, height, width] in, logits and probabilities [batch, classes] out.</summary>
    public static byte[] Classifier(
        NetworkLayout layout, WeightTable weights, ChannelStatistics statistics, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var writer = new OnnxWriter(layout, weights, ImageInput);
        var graph = writer._graph;
        var features = writer.Features(writer.Normalized("batch", statistics));
        writer.Linear(layout.Classifier, features, LogitsOutput);
        graph.AddNode("Softmax", [LogitsOutput], [ProbabilitiesOutput], new OnnxAttribute("axis", 1));
        graph.AddOutput(LogitsOutput, "batch", layout.Network.Classes);
        graph.AddOutput(ProbabilitiesOutput, "batch", layout.Network.Classes);
        foreach (var (key, value) in metadata)
            graph.AddMetadata(key, value);
        return graph.Build();
    }

    private string Normalized(OnnxDimension batch, ChannelStatistics statistics)
    {
        var input = _layout.Network.Input;
        _graph.AddInput(_input, batch, input.Channels, input.Height, input.Width);
        var mean = _graph.AddInitializer("normalize.mean", [1, 3, 1, 1], statistics.Mean);
        var factor = _graph.AddInitializer("normalize.factor", [1, 3, 1, 1], Array.ConvertAll(statistics.Deviation, deviation => 1 / deviation));
        _graph.AddNode("Sub", [_input, mean], ["normalize.centred"]);
        _graph.AddNode("Mul", ["normalize.centred", factor], ["normalize.output"]);
        return "normalize.output";
    }

    private string Features(string value)
    {
        foreach (var stage in _layout.Body)
        {
            value = stage.Units.Aggregate(value, Unit);
            if (stage.Stage.Pool is not { } pool)
                continue;
            var output = stage.Name + ".pool";
            _graph.AddNode(
                "MaxPool", [value], [output],
                new OnnxAttribute("kernel_shape", [pool.Size.Height, pool.Size.Width]),
                new OnnxAttribute("strides", [pool.Stride.Height, pool.Stride.Width]),
                new OnnxAttribute("pads", [pool.Padding.Height, pool.Padding.Width, pool.Padding.Height, pool.Padding.Width]));
            value = output;
        }
        value = Pool(value);
        foreach (var hidden in _layout.Hidden)
            value = Relu(Linear(hidden, value, hidden.Name));
        return value;
    }

    private string Unit(string input, UnitNode unit)
    {
        var output = unit.Kernels.Aggregate(input, Kernel);
        if (!unit.Block.Residual)
            return output;
        var shortcut = unit.Projection is null ? input : Kernel(input, unit.Projection);
        _graph.AddNode("Add", [output, shortcut], [unit.Name + ".sum"]);
        return Relu(unit.Name + ".sum");
    }

    private string Kernel(string input, KernelNode node)
    {
        var (kernel, groups) = node.Kernel switch
        {
            Convolution convolution => ((SpatialKernel)convolution, 1),
            DepthwiseConvolution depthwise => (depthwise, node.Input.Channels),
            var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, which has no ONNX form yet."),
        };
        var folded = FoldedConvolution.Of(node, _weights);
        var output = node.Name + ".linear";
        List<string> inputs = [input, _graph.AddInitializer(node.Name + ".weight", folded.Shape, folded.Weights)];
        if (folded.Bias is not null)
            inputs.Add(_graph.AddInitializer(node.Name + ".bias", [folded.Bias.Length], folded.Bias));
        _graph.AddNode(
            "Conv", inputs, [output],
            new OnnxAttribute("kernel_shape", [kernel.Size.Height, kernel.Size.Width]),
            new OnnxAttribute("strides", [kernel.Stride.Height, kernel.Stride.Width]),
            new OnnxAttribute("pads", [kernel.Padding.Height, kernel.Padding.Width, kernel.Padding.Height, kernel.Padding.Width]),
            new OnnxAttribute("dilations", [kernel.Dilation.Height, kernel.Dilation.Width]),
            new OnnxAttribute("group", groups));
        return kernel.Activation switch
        {
            Activation.None => output,
            Activation.Relu => Relu(output),
            var other => throw new NotSupportedException($"{node.Name} has the activation {other}, which has no ONNX form yet."),
        };
    }

    private string Pool(string value)
    {
        if (_layout.Network.Head.Pooling == HeadPooling.GlobalAverage)
        {
            _graph.AddNode("GlobalAveragePool", [value], ["head.pool"]);
            value = "head.pool";
        }
        _graph.AddNode("Flatten", [value], ["head.flat"], new OnnxAttribute("axis", 1));
        return "head.flat";
    }

    private string Linear(LinearNode node, string input, string output)
    {
        var weight = _weights[node.Name + WeightTable.Weight];
        var bias = _weights[node.Name + WeightTable.Bias];
        _graph.AddNode(
            "Gemm",
            [input, _graph.AddInitializer(node.Name + ".weight", weight.Shape, weight.Values), _graph.AddInitializer(node.Name + ".bias", bias.Shape, bias.Values)],
            [output],
            new OnnxAttribute("transB", 1));
        return output;
    }

    private string Relu(string input)
    {
        var output = input + ".relu";
        _graph.AddNode("Relu", [input], [output]);
        return output;
    }
}
