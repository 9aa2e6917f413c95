using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads one node of an ONNX graph, or the few that are one layer together, as a part of the network.</summary>
internal sealed class OnnxLayerReader(OnnxGraph graph, OnnxShapes shapes, NetworkAssembler network)
{
    /// <summary>Nodes that are layers, as errors list them.</summary>
    public static readonly IReadOnlyList<string> Layers =
    [
        "Conv", "BatchNormalization", "Relu", "Clip", "LeakyRelu", "HardSwish", "Tanh", "Sigmoid", "MaxPool", "AveragePool", "GlobalAveragePool",
        "ReduceMean", "Add", "Sum", "Sub", "Mul", "Div", "Gemm", "MatMul", "Flatten", "Reshape", "Squeeze", "Transpose", "Identity", "Dropout", "Cast",
        "Softmax", "LogSoftmax",
    ];

    private readonly OnnxReshape _reshape = new(graph, shapes, network);

    /// <summary>Whether the last layer made probabilities, after which nothing comes.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Where the parameters of the layers so far are in the graph.</summary>
    public OnnxParameters Parameters { get; } = new(graph);

    /// <summary>Takes <paramref name="node"/> into the network.</summary>
    /// <returns>The value that the layer makes.</returns>
    public string Read(NodeProto node, string value)
    {
        var name = OnnxNode.Describe(node);
        if (IsDone)
            throw NetworkImportException.At(name, "comes after the probabilities, which are supported as the end");
        if (network.IsAtStart && node.OpType is "Sub" or "Mul" or "Div" or "Add" && IsNormalisation(node, value))
        {
            Parameters.AddNormalisation(node, value);
            return node.Output[0];
        }
        if (node.Input(0) != value)
        {
            throw NetworkImportException.At(
                name, $"takes '{value}' as its input number {node.Input.IndexOf(value) + 1}; layers take it as their first");
        }
        switch (node.OpType)
        {
            case "Conv":
                var (layer, channels) = OnnxConvolution.Read(graph, node, network.Shape);
                network.AddLayer(name, layer, channels);
                Parameters.AddKernel(node);
                break;
            case "Gather":
                var (rolling, output) = (network.IsInBody ? OnnxRolling.ReadStack(graph, node, network.Shape) : null) ?? throw NetworkImportException.At(
                    name, "picks values of feature maps, which is supported in a rolling pointwise convolution only, in the form that this library writes");
                network.AddLayer(name, rolling);
                Parameters.AddKernel(null);
                return output;
            case "BatchNormalization":
                network.AddBatchNorm(name, ImportedNumber.Count(name, "number of channels", Constant(name, node, 1).Dims is [var scales] ? scales : 0));
                Parameters.AddBatchNorm(node);
                break;
            case "MaxPool" or "AveragePool":
                network.AddPool(name, Pool(name, node));
                break;
            case "GlobalAveragePool":
                network.AddGlobalAverage(name);
                break;
            case "ReduceMean" or "Flatten" or "Squeeze" or "Reshape":
                return _reshape.Read(name, node);
            case "Gemm":
                Multiply(name, node);
                break;
            case "MatMul":
                return MultiplyAndAdd(name, node);
            case "Softmax" or "LogSoftmax":
                Require(
                    name, !network.IsInBody && node.Integer("axis", -1) is 1 or -1, "does not run over classes; supported at the end, over the outputs of the last linear layer");
                IsDone = true;
                break;
            case "Cast":
                Require(
                    name, node.Integer("to", 0) == (int)TensorProto.Types.DataType.Float, $"casts to {OnnxNode.TypeName((int)Math.Clamp(node.Integer("to", 0), 0, 999))}; FLOAT is supported");
                break;
            case "Identity" or "Dropout":
                break;
            default:
                network.AddActivation(name, ActivationOf(name, node));
                break;
        }
        return node.Output[0];
    }

    /// <summary>The images' own normalisation, which is no part of the network: the trainer has its own.</summary>
    private bool IsNormalisation(NodeProto node, string value)
    {
        var place = node.OpType is "Add" or "Mul" ? node.Input.IndexOf(value) : 0;
        return place >= 0 && node.Input.Count == 2 && node.Input[place] == value && graph.Tensor(node.Input[1 - place]) is { } tensor
            && (tensor.Dims.All(length => length == 1) || IsMeanImage(node, tensor) || (tensor.Dims.Count is 3 or 4 && tensor.Dims[^3] == network.Shape.Channels && tensor.Dims.Count(length => length != 1) == 1));
    }

    private bool IsMeanImage(NodeProto node, TensorProto tensor) =>
        node.OpType == "Sub" && Parameters.Normalisation.Count == 0 && tensor.Dims.Count is 3 or 4
        && tensor.Dims.TakeLast(3).SequenceEqual([network.Shape.Channels, network.Shape.Height, network.Shape.Width]);

    private Activation ActivationOf(string name, NodeProto node)
    {
        switch (node.OpType)
        {
            case "Relu":
                return Activation.Relu;
            case "HardSwish":
                return Activation.HardSwish;
            case "Tanh":
                return Activation.Tanh;
            case "Sigmoid":
                return Activation.Sigmoid;
            case "LeakyRelu":
                var slope = node.Number("alpha", 0.01f);
                Require(name, slope == 0.01f, FormattableString.Invariant($"has a slope of {slope}; 0.01 is supported"));
                return Activation.LeakyRelu;
            case "Clip":
                Require(name, Limit(1, "min") is 0 && Limit(2, "max") is 6, "does not clip to 0 to 6 (ReLU6), which is supported");
                return Activation.Relu6;
            case "Add" or "Sum":
                throw NetworkImportException.At(
                    name, "adds up what is neither a unit's input and output (a shortcut) nor a linear layer and its bias");
            default:
                throw NetworkImportException.At(
                    name, "is supported in other places only: in a normalisation of the images at the start, in shapes, or in a channel shuffle");
        }

        float? Limit(int input, string attribute) => node.Input(input) is { } limit ? graph.Tensor(limit).Number() : node.Number(attribute, float.NaN);
    }

    private Pool Pool(string name, NodeProto node)
    {
        var size = ImportedNumber.Size(name, "window", node.Integers("kernel_shape") ?? []);
        var stride = ImportedNumber.Size(name, "stride", OnnxConvolution.Pair(node, "strides"));
        Require(
            name, OnnxConvolution.Pair(node, "dilations").All(dilation => dilation == 1), "is dilated; pooling windows without gaps are supported");
        var padding = OnnxPadding.Of(node, network.Shape, size, stride, 1);
        Pool pool = node.OpType == "MaxPool" ? new MaxPool(size, stride, padding) : new AveragePool(size, stride, padding);
        Require(
            name, pool is MaxPool || padding == 0 || node.Integer("count_include_pad", 0) == 1, "leaves the padding out of the mean (count_include_pad 0); padding that counts is supported");
        Require(
            name, node.Integer("ceil_mode", 0) == 0 || pool.Tiles(network.Shape), $"rounds sizes up (ceil_mode), which makes a difference for the {network.Shape} maps that it gets; rounding down is supported");
        return pool;
    }

    private void Multiply(string name, NodeProto node)
    {
        Require(
            name, node.Integer("transA", 0) == 0 && node.Number("alpha", 1) == 1 && node.Number("beta", 1) == 1, "has transA, alpha or beta; a plain linear layer is supported");
        Require(name, Constant(name, node, 1).Dims.Count == 2, "has weights that are no matrix");
        var dims = Constant(name, node, 1).Dims;
        var (inputs, outputs) = node.Integer("transB", 0) == 0 ? (dims[0], dims[1]) : (dims[1], dims[0]);
        network.AddLinear(name, inputs, outputs, node.Input(2) is not null);
        Parameters.AddLinear(node.Input[1], node.Input(2), node.Integer("transB", 0) != 0);
    }

    private string MultiplyAndAdd(string name, NodeProto node)
    {
        var dims = Constant(name, node, 1).Dims;
        Require(name, dims.Count == 2, "has weights that are no matrix");
        var product = node.Output[0];
        var add = graph.Readers(product) is [{ OpType: "Add", Input.Count: 2 } next] && next.Input.Any(input => graph.Tensor(input) is not null) ? next : null;
        network.AddLinear(name, dims[0], dims[1], add is not null);
        Parameters.AddLinear(node.Input[1], add?.Input.First(input => graph.Tensor(input) is not null), isTransposed: false);
        return add is null ? product : add.Output[0];
    }

    private TensorProto Constant(string name, NodeProto node, int input)
    {
        var value = node.Input(input) ?? throw NetworkImportException.At(name, $"lacks its input number {input + 1}");
        var tensor = graph.Tensor(value) ?? throw NetworkImportException.At(name, $"takes '{value}', which the graph computes; a constant is supported there");
        OnnxConvolution.RequireFloat(name, value, tensor);
        return tensor;
    }

    private static void Require(string name, bool holds, string problem)
    {
        if (!holds)
            throw NetworkImportException.At(name, problem);
    }
}
