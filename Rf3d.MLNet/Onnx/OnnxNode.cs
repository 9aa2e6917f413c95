using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>Access to an ONNX node and its constants, without the meaning of the operator.</summary>
internal static class OnnxNode
{
    // Larger ones are weights, of which only the shape is read.
    private const int MostNumbers = 64;

    /// <summary>The node as errors name it.</summary>
    public static string Describe(NodeProto node) =>
        $"Node '{(node.Name.Length > 0 || node.Output.Count == 0 ? node.Name : node.Output[0])}' ({(node.Domain is "" or "ai.onnx" ? "" : node.Domain + ".")}{node.OpType})";

    /// <summary>The input of this number, or null where it is left out.</summary>
    public static string? Input(this NodeProto node, int number) =>
        number < node.Input.Count && node.Input[number].Length > 0 ? node.Input[number] : null;

    public static AttributeProto? Attribute(this NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public static long Integer(this NodeProto node, string name, long otherwise) => node.Attribute(name) is { HasI: true } attribute ? attribute.I : otherwise;

    public static float Number(this NodeProto node, string name, float otherwise) => node.Attribute(name) is { HasF: true } attribute ? attribute.F : otherwise;

    public static string Text(this NodeProto node, string name, string otherwise) =>
        node.Attribute(name) is { HasS: true } attribute ? attribute.S.ToStringUtf8() : otherwise;

    public static IReadOnlyList<long>? Integers(this NodeProto node, string name) => node.Attribute(name)?.Ints;

    /// <summary>The tensor of a Constant node, whichever of its attributes holds it.</summary>
    public static TensorProto? Constant(NodeProto node)
    {
        if (node.Attribute("value")?.T is { } tensor)
            return tensor;
        if (node.Attribute("value_int") is { HasI: true } integer)
            return new TensorProto { DataType = (int)TensorProto.Types.DataType.Int64, Int64Data = { integer.I } };
        if (node.Attribute("value_ints") is { } integers)
            return new TensorProto { DataType = (int)TensorProto.Types.DataType.Int64, Dims = { integers.Ints.Count }, Int64Data = { integers.Ints } };
        if (node.Attribute("value_float") is { HasF: true } number)
            return new TensorProto { DataType = (int)TensorProto.Types.DataType.Float, FloatData = { number.F } };
        return null;
    }

    /// <summary>A few integers; null where the tensor holds others, or weights.</summary>
    public static long[]? Integers(this TensorProto? tensor, int most = MostNumbers)
    {
        if (tensor is not { DataType: (int)TensorProto.Types.DataType.Int64 } || tensor.RawData.Length > (long)most * sizeof(long))
            return null;
        if (tensor.Int64Data.Count > 0 && tensor.Int64Data.Count <= most)
            return [.. tensor.Int64Data];
        var values = new long[tensor.RawData.Length / sizeof(long)];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(tensor.RawData.Span[(i * sizeof(long))..]);
        return values;
    }

    /// <summary>One float; null where the tensor holds something else.</summary>
    public static float? Number(this TensorProto? tensor) => tensor switch
    {
        { DataType: (int)TensorProto.Types.DataType.Float, RawData.Length: sizeof(float) } => BinaryPrimitives.ReadSingleLittleEndian(tensor.RawData.Span),
        { DataType: (int)TensorProto.Types.DataType.Float, FloatData.Count: 1 } => tensor.FloatData[0],
        _ => null,
    };

    /// <summary>All numbers of a tensor of floats; null where the file does not hold them, or they are of another type.</summary>
    public static float[]? Floats(this TensorProto tensor)
    {
        var count = tensor.Dims.Aggregate(1L, (product, length) => product * length);
        if (tensor.DataType != (int)TensorProto.Types.DataType.Float)
            return null;
        if (tensor.RawData.Length == count * sizeof(float))
            return MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
        return tensor.FloatData.Count == count ? [.. tensor.FloatData] : null;
    }

    /// <summary>The name of a type of numbers, for errors.</summary>
    public static string TypeName(int type) => Enum.IsDefined((TensorProto.Types.DataType)type)
        ? ((TensorProto.Types.DataType)type).ToString().ToUpperInvariant()
        : "type " + type.ToString(CultureInfo.InvariantCulture);
}
