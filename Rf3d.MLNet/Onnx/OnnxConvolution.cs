using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads a Conv node as one of our kernels: from its attributes, and from the shape of its weights.</summary>
internal static class OnnxConvolution
{
    /// <param name="graph">Where its weights are.</param>
    /// <param name="node">The node.</param>
    /// <param name="input">Feature maps that go in.</param>
    /// <returns>The kernel, and the channels that its weights are made for.</returns>
    public static (ConvLayer Layer, long Channels) Read(OnnxGraph graph, NodeProto node, TensorShape input)
    {
        var name = OnnxNode.Describe(node);
        var weights = node.Input(1) ?? throw NetworkImportException.At(name, "has no weights");
        var hasBias = node.Input(2) is not null;
        if (graph.Tensor(weights) is not { } tensor)
        {
            var rolling = OnnxRolling.Read(graph, name, weights) ?? throw NetworkImportException.At(
                name, "has weights that the graph computes. Understood are constants, and the form in which this library writes rolling pointwise convolutions");
            RequirePlain(name, node);
            return (rolling.Layer with { Bias = hasBias }, rolling.Channels);
        }
        RequireFloat(name, weights, tensor);
        if (tensor.Dims is not [var filters, var share, var height, var width])
        {
            throw NetworkImportException.At(
                name, $"has weights of {tensor.Dims.Count} dimensions; convolutions over height and width are supported, which have 4");
        }
        var size = ImportedNumber.Size(name, "kernel size", [height, width]);
        if (node.Integers("kernel_shape") is { Count: > 0 } said && !said.SequenceEqual([height, width]))
            throw NetworkImportException.At(name, $"says that its kernel is {string.Join("x", said)}, and has weights for {size}");
        var groups = ImportedNumber.Count(name, "number of groups", node.Integer("group", 1));
        var channels = ImportedNumber.Count(name, "number of input channels", share) * (long)groups;
        var stride = ImportedNumber.Size(name, "stride", Pair(node, "strides"));
        var dilation = ImportedNumber.Size(name, "dilation", Pair(node, "dilations"));
        var window = new ConvolutionWindow(size, stride, dilation, OnnxPadding.Of(node, input, size, stride, dilation));
        return (LayerOf.Convolution(channels, ImportedNumber.Count(name, "number of filters", filters), groups, window, hasBias), channels);
    }

    /// <summary>A pair of numbers, 1 and 1 where it is not given.</summary>
    public static IReadOnlyList<long> Pair(NodeProto node, string attribute) => node.Integers(attribute) is { Count: > 0 } pair ? pair : [1, 1];

    /// <summary>Half-precision and quantized weights belong to networks that are trained, and reduced, for a special purpose.</summary>
    public static void RequireFloat(string name, string value, TensorProto tensor)
    {
        if (tensor.DataType != (int)TensorProto.Types.DataType.Float)
            throw NetworkImportException.At(name, $"has weights '{value}' of type {OnnxNode.TypeName(tensor.DataType)}; FLOAT is supported");
    }

    private static void RequirePlain(string name, NodeProto node)
    {
        bool IsOne(string attribute) => (node.Integers(attribute) ?? []).All(number => number == 1);
        if (!IsOne("strides") || !IsOne("dilations") || !IsOne("kernel_shape") || node.Integer("group", 1) != 1 || (node.Integers("pads") ?? []).Any(pad => pad != 0))
        {
            throw NetworkImportException.At(
                name, "is a rolling pointwise convolution with a stride, padding, dilation or groups, which it cannot have");
        }
    }
}
