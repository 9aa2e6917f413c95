using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads the description of the input images in a graph.</summary>
internal static class OnnxInput
{
    public static TensorShape Shape(ValueInfoProto input)
    {
        var name = $"The input '{input.Name}'";
        if (input.Type?.ValueCase != TypeProto.ValueOneofCase.TensorType || input.Type.TensorType.Shape is null)
            throw NetworkImportException.At(name, "has no shape; export the network with one");
        var type = input.Type.TensorType.ElemType;
        if (type != (int)TensorProto.Types.DataType.Float)
            throw NetworkImportException.At(name, $"is of type {OnnxNode.TypeName(type)}; FLOAT is supported");
        var dims = input.Type.TensorType.Shape.Dim;
        if (dims.Count != 4)
            throw NetworkImportException.At(name, $"has {dims.Count} dimensions; 4 are supported: batch, channels, height, width");
        return new TensorShape(
            ImportedNumber.Count(name, "number of channels", Fixed(name, "number of channels", dims[1])),
            ImportedNumber.Side(name, "height", Fixed(name, "height", dims[2])),
            ImportedNumber.Side(name, "width", Fixed(name, "width", dims[3])));
    }

    private static long Fixed(string name, string what, TensorShapeProto.Types.Dimension dimension) =>
        dimension.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue && dimension.DimValue != 0
            ? dimension.DimValue
            : throw NetworkImportException.At(name, $"has a {what} that is open until the graph runs; export the network with a fixed one (an open batch is fine)");
}
