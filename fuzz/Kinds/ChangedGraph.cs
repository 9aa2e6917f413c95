using Google.Protobuf;
using Rf3d.Datasets;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.Fuzz;

/// <summary>A graph of ONNX that is well-formed and has one or two things that are not as they were.</summary>
internal static class ChangedGraph
{
    private static readonly string[] Types =
    [
        "Conv", "BatchNormalization", "Relu", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "ReduceMean", "Add", "Sub", "Mul", "Div", "Gemm", "MatMul", "Flatten", "Reshape", "Transpose",
        "Concat", "Slice", "Split", "Softmax", "Identity", "Shape", "Constant", "Squeeze", "Cast", "Other",
    ];

    private static readonly long[] Lengths = [0, 1, 2, 3, -1, 5, 7, 16, 4097, 65_536, int.MaxValue, long.MaxValue, long.MinValue];

    public static (byte[] Content, string Change) Of(ref SplitMix64 random, byte[] content)
    {
        var model = ModelProto.Parser.ParseFrom(content);
        var change = Change(ref random, model.Graph);
        if (random.Below(3) == 0)
            change += "; " + Change(ref random, model.Graph);
        return (model.ToByteArray(), change);
    }

    private static string Change(ref SplitMix64 random, GraphProto graph)
    {
        if (graph.Node.Count == 0 || graph.Initializer.Count == 0)
            return "nothing left to change";
        var node = graph.Node[random.Below(graph.Node.Count)];
        var tensor = graph.Initializer[random.Below(graph.Initializer.Count)];
        switch (random.Below(13))
        {
            case 0:
                graph.Node.Remove(node);
                return $"the node {node.Name} removed";
            case 1:
                graph.Node.Insert(random.Below(graph.Node.Count), node.Clone());
                return $"the node {node.Name} twice";
            case 2:
                node.OpType = Types[random.Below(Types.Length)];
                return $"the node {node.Name} is {node.OpType}";
            case 3 when node.Input.Count > 0:
                node.Input[random.Below(node.Input.Count)] = Value(ref random, graph);
                return $"another input of {node.Name}";
            case 4 when node.Input.Count > 0:
                node.Input.RemoveAt(random.Below(node.Input.Count));
                return $"an input less of {node.Name}";
            case 5:
                node.Input.Add(Value(ref random, graph));
                return $"an input more of {node.Name}";
            case 6 when node.Output.Count > 0:
                node.Output[0] = Value(ref random, graph);
                return $"another output of {node.Name}";
            case 7 when node.Output.Count > 0:
                node.Output.Clear();
                return $"no output of {node.Name}";
            case 8 when tensor.Dims.Count > 0:
                tensor.Dims[random.Below(tensor.Dims.Count)] = Lengths[random.Below(Lengths.Length)];
                return $"another shape of {tensor.Name}";
            case 9:
                if (random.Below(2) == 0 && tensor.Dims.Count > 0)
                    tensor.Dims.RemoveAt(0);
                else
                    tensor.Dims.Add(Lengths[random.Below(Lengths.Length)]);
                return $"another number of axes of {tensor.Name}";
            case 10:
                tensor.DataType = random.Below(18);
                return $"another type of {tensor.Name}";
            case 11 when node.Attribute.Count > 0:
                return Change(ref random, node, node.Attribute[random.Below(node.Attribute.Count)]);
            case 12 when graph.Input[0].Type.TensorType.Shape.Dim is { Count: > 0 } axes:
                axes[random.Below(axes.Count)].DimValue = Lengths[random.Below(Lengths.Length)];
                return "another size of images";
            default:
                tensor.RawData = ByteString.CopyFrom(tensor.RawData.ToByteArray()[..random.Below(tensor.RawData.Length + 1)]);
                tensor.FloatData.Clear();
                tensor.Int64Data.Clear();
                return $"fewer numbers in {tensor.Name}";
        }
    }

    private static string Change(ref SplitMix64 random, NodeProto node, AttributeProto attribute)
    {
        if (random.Below(4) == 0)
            node.Attribute.Remove(attribute);
        else if (attribute.Ints.Count > 0 && random.Below(2) == 0)
            attribute.Ints[random.Below(attribute.Ints.Count)] = Lengths[random.Below(Lengths.Length)];
        else if (attribute.Ints.Count > 0)
            attribute.Ints.RemoveAt(0);
        else
            (attribute.I, attribute.F) = (Lengths[random.Below(Lengths.Length)], (float)random.Between(-2, 2));
        return $"another {attribute.Name} of {node.Name}";
    }

    private static string Value(ref SplitMix64 random, GraphProto graph) => random.Below(5) switch
    {
        0 => "",
        1 => graph.Input[0].Name,
        2 => graph.Initializer[random.Below(graph.Initializer.Count)].Name,
        _ => graph.Node[random.Below(graph.Node.Count)].Output.FirstOrDefault() ?? "",
    };
}
