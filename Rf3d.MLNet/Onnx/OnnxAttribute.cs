using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>A named constant of an ONNX node: a number, a list of integers or a text.</summary>
internal readonly struct OnnxAttribute
{
    private readonly AttributeProto _proto;

    private OnnxAttribute(AttributeProto proto) => _proto = proto;

    public OnnxAttribute(string name, long value)
        : this(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value })
    {
    }

    public OnnxAttribute(string name, float value)
        : this(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value })
    {
    }

    public OnnxAttribute(string name, string value)
        : this(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) })
    {
    }

    public OnnxAttribute(string name, params ReadOnlySpan<long> values)
    {
        _proto = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
            _proto.Ints.Add(value);
    }

    internal AttributeProto ToProto() => _proto;
}
