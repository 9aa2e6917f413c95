using System.Runtime.InteropServices;
using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>Constants and nodes for a graph that is read from a file and changed.</summary>
internal static class OnnxParts
{
    public static TensorProto Tensor(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values) => Tensor(name, dimensions, MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Float);

    public static TensorProto Tensor(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<Half> values) => Tensor(name, dimensions, MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Float16);

    public static TensorProto Tensor(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<int> values) => Tensor(name, dimensions, MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Int32);

    public static TensorProto Tensor(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<sbyte> values) => Tensor(name, dimensions, MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Int8);

    public static TensorProto Tensor(string name, byte value) => Tensor(name, [], [value], TensorProto.Types.DataType.Uint8);

    public static TensorProto Tensor(string name, float value) => Tensor(name, [], [value]);

    /// <summary>A node of one output, which is its name.</summary>
    public static NodeProto Node(string type, IEnumerable<string> inputs, string output, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.Add(inputs);
        node.Output.Add(output);
        foreach (var attribute in attributes)
            node.Attribute.Add(attribute);
        return node;
    }

    private static TensorProto Tensor(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<byte> data, TensorProto.Types.DataType type)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        foreach (var dimension in dimensions)
            tensor.Dims.Add(dimension);
        return tensor;
    }
}
