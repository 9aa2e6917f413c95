using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>Puts graphs together as PyTorch's exporter names and orders them, with weights of zero. Each method returns the value that it makes.</summary>
internal sealed class OnnxSketch
{
    private readonly OnnxGraphBuilder _graph = new("main_graph");
    private readonly Dictionary<string, TensorProto> _constants = [];
    private int _count;

    public OnnxSketch(params ReadOnlySpan<OnnxDimension> input) => Input = _graph.AddInput("input", input.IsEmpty ? ["batch", 3, 32, 32] : input);

    public string Input { get; }

    public string Weights(params long[] dimensions) =>
        _graph.AddInitializer($"weight_{++_count}", dimensions, new float[dimensions.Aggregate(1L, (product, length) => product * length)]);

    public string Integers(params long[] values) => Constant(new TensorProto { DataType = 7, Dims = { values.Length }, Int64Data = { values } });

    public string Scalar(long value) => Constant(new TensorProto { DataType = 7, Int64Data = { value } });

    public string Number(float value) => Constant(new TensorProto { DataType = 1, FloatData = { value } });

    public string Node(string type, string[] inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var output = $"/{type}_{++_count}_output_0";
        _graph.AddNode(type, inputs, [output], attributes);
        return output;
    }

    public string Conv(string value, long channels, long filters, long size = 3, long stride = 1, long groups = 1, bool bias = false, long? padding = null)
    {
        var pad = padding ?? (size / 2);
        string[] inputs = [value, Weights(filters, channels / groups, size, size), .. bias ? [Weights(filters)] : Array.Empty<string>()];
        return Node(
            "Conv", inputs, new OnnxAttribute("dilations", [1L, 1]), new OnnxAttribute("group", groups), new OnnxAttribute("kernel_shape", [size, size]),
            new OnnxAttribute("pads", [pad, pad, pad, pad]), new OnnxAttribute("strides", [stride, stride]));
    }

    public string Norm(string value, long channels) => Node(
        "BatchNormalization", [value, Weights(channels), Weights(channels), Weights(channels), Weights(channels)],
        new OnnxAttribute("epsilon", 1e-5f), new OnnxAttribute("momentum", 0.9f));

    public string Relu(string value) => Node("Relu", [value]);

    public string ConvNormRelu(string value, long channels, long filters, long size = 3, long stride = 1, long groups = 1) =>
        Relu(Norm(Conv(value, channels, filters, size, stride, groups), filters));

    public string MaxPool(string value, long size = 2, long stride = 2, long padding = 0, long ceil = 0) => Node(
        "MaxPool", [value], new OnnxAttribute("ceil_mode", ceil), new OnnxAttribute("kernel_shape", [size, size]),
        new OnnxAttribute("pads", [padding, padding, padding, padding]), new OnnxAttribute("strides", [stride, stride]));

    public string AveragePool(string value, long size, long stride, long ceil = 0, long counted = 0) => Node(
        "AveragePool", [value], new OnnxAttribute("ceil_mode", ceil), new OnnxAttribute("count_include_pad", counted),
        new OnnxAttribute("kernel_shape", [size, size]), new OnnxAttribute("strides", [stride, stride]));

    public string Flatten(string value) => Node("Flatten", [value], new OnnxAttribute("axis", 1));

    public string Gemm(string value, long inputs, long outputs) => Node(
        "Gemm", [value, Weights(outputs, inputs), Weights(outputs)],
        new OnnxAttribute("alpha", 1f), new OnnxAttribute("beta", 1f), new OnnxAttribute("transB", 1));

    /// <summary>Global average pooling, flatten, linear layer.</summary>
    public string Classifier(string value, long channels, long classes) => Gemm(Flatten(Node("GlobalAveragePool", [value])), channels, classes);

    public OnnxSketch Output(string value)
    {
        _graph.AddOutput(value, "batch", 1);
        return this;
    }

    public ModelProto Model()
    {
        var model = _graph.BuildModel();
        // The builder makes no attributes that are tensors; PyTorch's constants are all of that kind.
        foreach (var node in model.Graph.Node.Where(node => node.OpType == "Constant" && node.Attribute.Count == 0))
            node.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = _constants[node.Output[0]] });
        return model;
    }

    public ConvNet Read() => OnnxNetwork.Read(Model().ToByteArray());

    private string Constant(TensorProto tensor)
    {
        var output = Node("Constant", []);
        _constants[output] = tensor;
        return output;
    }
}
