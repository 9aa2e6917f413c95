using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Writes a trained network as an ONNX graph: the ONNX reader of <see cref="NetworkLayout"/>. Images go in with values from 0 to 255; their preparation
/// (<see cref="InputSteps"/>, of which the normalisation is the last) is in the graph, so that applications need not know its figures.
/// </summary>
internal sealed class OnnxWriter
{
    public const string ImageInput = "image";
    public const string LogitsOutput = "logits";
    public const string ProbabilitiesOutput = "probabilities";
    public const string FeaturesOutput = "features";

    /// <summary>Probabilities, and after them the similarity to the nearest class, of a graph within this library.</summary>
    public const string ScoresOutput = "scores";

    /// <summary>The node that makes a vector of the last feature map.</summary>
    public const string VectorNode = "head.flat";

    /// <summary>The node before it in networks that pool.</summary>
    public const string PoolNode = "head.pool";

    private readonly NetworkLayout _layout;
    private readonly WeightTable _weights;
    private readonly OnnxGraphBuilder _graph;
    private readonly string _input;

    // Whether features are the mean of those of the image and of its mirror image.
    private readonly bool _mirror;

    private OnnxWriter(NetworkLayout layout, WeightTable weights, string input, bool mirror = false)
    {
        _input = input;
        _mirror = mirror;
        _layout = layout;
        _weights = weights;
        _graph = new OnnxGraphBuilder(layout.Network.Name);
    }

    /// <summary>
    /// The network without its last linear layer, for one image: [1, 3, height, width] in, unless <paramref name="before"/> says otherwise, and [features] out, under the given names. With
    /// <paramref name="mirror"/>, the mean over the image and its mirror image; linear layers after it see the mean of both, too.
    /// </summary>
    public static byte[] Backbone(
        NetworkLayout layout,
        WeightTable weights,
        ChannelStatistics statistics,
        string input,
        string output,
        bool mirror = false,
        IEnumerable<KeyValuePair<string, string>>? metadata = null,
        InputSteps? before = null)
    {
        var size = layout.Classifier.Inputs;
        var writer = new OnnxWriter(layout, weights, input, mirror);
        var graph = writer._graph;
        var features = writer.Features(writer.Input(1, statistics, before));
        graph.AddNode("Reshape", [features, graph.AddInitializer("features.shape", [1], [(long)size])], [output]);
        graph.AddOutput(output, size);
        // Nothing that scores looks at them: a later training starts from them.
        OnnxWeights.AddNorms(graph, layout, weights);
        foreach (var (key, value) in metadata ?? [])
            graph.AddMetadata(key, value);
        return graph.Build();
    }

    /// <summary>The network without its last linear layer, for any number of images: [batch, 3, height, width] in, [batch, features] out. Weights of the last layer are not looked at.</summary>
    public static byte[] Features(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics)
    {
        var writer = new OnnxWriter(layout, weights, ImageInput);
        var graph = writer._graph;
        graph.AddNode("Identity", [writer.Features(writer.Input("batch", statistics, before: null))], [FeaturesOutput]);
        graph.AddOutput(FeaturesOutput, "batch", layout.Classifier.Inputs);
        return graph.Build();
    }

    /// <summary>The whole classifier, for any number of images: [batch, 3, height, width] in, logits and probabilities [batch, classes] out.</summary>
    public static byte[] Classifier(
        NetworkLayout layout, WeightTable weights, ChannelStatistics statistics, IEnumerable<KeyValuePair<string, string>> metadata, bool mirror = false, InputSteps? before = null)
    {
        var classifier = layout.Classifier;
        var writer = new OnnxWriter(layout, weights, ImageInput, mirror);
        var graph = writer._graph;
        var features = writer.Features(writer.Input("batch", statistics, before));
        writer.Linear(classifier, features, LogitsOutput);
        graph.AddNode("Softmax", [LogitsOutput], [ProbabilitiesOutput], new OnnxAttribute("axis", 1));
        graph.AddOutput(LogitsOutput, "batch", layout.Network.Classes);
        graph.AddOutput(ProbabilitiesOutput, "batch", layout.Network.Classes);
        foreach (var (key, value) in metadata)
            graph.AddMetadata(key, value);
        return graph.Build();
    }

    /// <summary>The stages alone, on a tensor as it is: [batch, channels, height, width] in and out, the latter as the graph's only output.</summary>
    public static byte[] Body(NetworkLayout layout, WeightTable weights, OnnxDimension batch, string input)
    {
        var writer = new OnnxWriter(layout, weights, input);
        var graph = writer._graph;
        var (from, to) = (layout.Network.Input, layout.Stages[^1].Output);
        graph.AddOutput(
            writer.Stages(graph.AddInput(input, batch, from.Channels, from.Height, from.Width)), batch, to.Channels, to.Height, to.Width);
        return graph.Build();
    }

    private string Input(OnnxDimension batch, ChannelStatistics statistics, InputSteps? before)
    {
        var seen = _layout.Network.Input;
        var steps = (before ?? InputSteps.None).Then(new NormalizationStep(statistics, new(seen.Height, seen.Width)));
        var images = steps.InputOf(seen);
        return steps.Write(_graph, _graph.AddInput(_input, batch, images.Channels, images.Height, images.Width));
    }

    private string Features(string value)
    {
        value = Vector(Stages(_mirror ? WithMirror(value) : value));
        foreach (var hidden in _layout.Hidden)
            value = Activate(Linear(hidden, value, hidden.Name), Activation.Relu);
        return _mirror ? MeanOfBoth(value) : value;
    }

    /// <summary>The images, and after them their mirror images: one batch of twice the size, read from right to left by a slice.</summary>
    private string WithMirror(string images)
    {
        string Numbers(string name, long value) => _graph.AddInitializer("mirror." + name, [1], [value]);
        _graph.AddNode(
            "Slice", [images, Numbers("start", -1), Numbers("end", long.MinValue), Numbers("axis", 3), Numbers("step", -1)], ["mirror.images"]);
        _graph.AddNode("Concat", [images, "mirror.images"], ["mirror.both"], new OnnxAttribute("axis", 0));
        return "mirror.both";
    }

    private string MeanOfBoth(string features)
    {
        var pairs = _graph.AddInitializer("mirror.pairs", [3], [2L, -1, _layout.Classifier.Inputs]);
        _graph.AddNode("Reshape", [features, pairs], ["mirror.features"]);
        _graph.AddNode("ReduceMean", ["mirror.features"], ["mirror.mean"], new OnnxAttribute("axes", [0L]), new OnnxAttribute("keepdims", 0));
        return "mirror.mean";
    }

    private string Stages(string value)
    {
        foreach (var stage in _layout.Body)
        {
            value = stage.Blocks.Aggregate(value, Block);
            if (stage.Stage.Pool is not { } pool)
                continue;
            var output = stage.Name + ".pool";
            var (type, attributes) = pool switch
            {
                MaxPool => ("MaxPool", Array.Empty<OnnxAttribute>()),
                AveragePool => ("AveragePool", [new OnnxAttribute("count_include_pad", 1)]),
                var other => throw new NotSupportedException($"{output} is a {other.GetType().Name}, which has no ONNX form yet."),
            };
            _graph.AddNode(
                type, [value], [output],
                [
                    new OnnxAttribute("kernel_shape", [pool.Size.Height, pool.Size.Width]),
                    new OnnxAttribute("strides", [pool.Stride.Height, pool.Stride.Width]),
                    new OnnxAttribute("pads", [pool.Padding.Height, pool.Padding.Width, pool.Padding.Height, pool.Padding.Width]),
                    .. attributes,
                ]);
            value = output;
        }
        return value;
    }

    private string Block(string input, BlockNode block)
    {
        var output = block.Layers.Aggregate(input, Layer);
        if (!block.Block.Residual)
            return output;
        var shortcut = block.Projection is null ? input : Layer(block.ProjectionPool is { } window ? Average(input, block.Projection.Name + ".pool", window) : input, block.Projection);
        _graph.AddNode("Add", [output, shortcut], [block.Name + ".sum"]);
        return Activate(block.Name + ".sum", block.Block.SumActivation);
    }

    /// <summary>Average pooling; a window over the border is the mean of the pixels inside it.</summary>
    private string Average(string input, string output, Size2D window)
    {
        _graph.AddNode(
            "AveragePool", [input], [output],
            new OnnxAttribute("kernel_shape", [window.Height, window.Width]),
            new OnnxAttribute("strides", [window.Height, window.Width]),
            new OnnxAttribute("ceil_mode", 1),
            new OnnxAttribute("count_include_pad", 0));
        return output;
    }

    private string Layer(string input, LayerNode node) => node.Layer switch
    {
        Convolution convolution => Convolve(input, node, convolution, convolution.Groups),
        DepthwiseConvolution depthwise => Convolve(input, node, depthwise, node.Input.Channels),
        RollingPointwiseConvolution rolling => Roll(input, node, rolling),
        ChannelShuffle shuffle => Shuffle(input, node, shuffle),
        var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, which has no ONNX form yet."),
    };

    private string Convolve(string input, LayerNode node, SpatialConvLayer layer, int groups)
    {
        var folded = FoldedConvolution.Of(node, _weights);
        var output = node.Name + ".linear";
        List<string> inputs = [input, _graph.AddInitializer(node.Name + WeightTable.Weight, folded.Shape, folded.Weights)];
        if (folded.Bias is not null)
            inputs.Add(_graph.AddInitializer(node.Name + WeightTable.Bias, [folded.Bias.Length], folded.Bias));
        _graph.AddNode(
            "Conv", inputs, [output],
            new OnnxAttribute("kernel_shape", [layer.Size.Height, layer.Size.Width]),
            new OnnxAttribute("strides", [layer.Stride.Height, layer.Stride.Width]),
            new OnnxAttribute("pads", [layer.Border.Height, layer.Border.Width, layer.Border.Height, layer.Border.Width]),
            new OnnxAttribute("dilations", [layer.Dilation.Height, layer.Dilation.Width]),
            new OnnxAttribute("group", groups));
        return Activate(output, layer.Activation);
    }

    private string Roll(string input, LayerNode node, RollingPointwiseConvolution layer)
    {
        var writer = new OnnxRollingWriter(_graph, node, FoldedConvolution.Of(node, _weights), RollingWindows.Of(layer, node.Input.Channels));
        return Activate(writer.Write(input, layer.Groups), layer.Activation);
    }

    private string Shuffle(string input, LayerNode node, ChannelShuffle shuffle)
    {
        var (channels, height, width) = (node.Output.Channels, node.Output.Height, node.Output.Width);
        var (split, swapped, output) = (node.Name + ".split", node.Name + ".swapped", node.Name + ".shuffled");
        var groups = _graph.AddInitializer(node.Name + ".groups", [5], [-1L, shuffle.Groups, channels / shuffle.Groups, height, width]);
        var whole = _graph.AddInitializer(node.Name + ".whole", [4], [-1L, channels, height, width]);
        _graph.AddNode("Reshape", [input, groups], [split]);
        _graph.AddNode("Transpose", [split], [swapped], new OnnxAttribute("perm", [0L, 2, 1, 3, 4]));
        _graph.AddNode("Reshape", [swapped, whole], [output]);
        return output;
    }

    private string Vector(string value)
    {
        if (_layout.Network.Head!.Pooling == HeadPooling.GlobalAverage)
        {
            _graph.AddNode("GlobalAveragePool", [value], [PoolNode]);
            value = PoolNode;
        }
        _graph.AddNode("Flatten", [value], [VectorNode], new OnnxAttribute("axis", 1));
        return VectorNode;
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

    private string Activate(string input, Activation activation)
    {
        if (activation == Activation.None)
            return input;
        var output = input + ".activated";
        var attributes = activation == Activation.LeakyRelu ? new OnnxAttribute[] { new("alpha", 0.01f) } : [];
        List<string> inputs = [input];
        if (activation == Activation.Relu6)
            inputs.AddRange([_graph.AddInitializer(input + ".low", [], [0f]), _graph.AddInitializer(input + ".high", [], [6f])]);
        var type = activation switch
        {
            Activation.Relu => "Relu",
            Activation.Relu6 => "Clip",
            Activation.LeakyRelu => "LeakyRelu",
            Activation.HardSwish => "HardSwish",
            Activation.Tanh => "Tanh",
            Activation.Sigmoid => "Sigmoid",
            _ => throw new NotSupportedException($"{input} is followed by the activation {activation}, which has no ONNX form yet."),
        };
        _graph.AddNode(type, inputs, [output], attributes);
        return output;
    }
}
