using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>Puts an ONNX model together, node by node. Knows the file format, not what any operator means.</summary>
internal sealed class OnnxGraphBuilder
{
    /// <summary>The operator set all graphs are written in: new enough for LayerNormalization, old enough for every OnnxRuntime in use with ML.NET.</summary>
    public const int OperatorSet = 17;

    /// <summary>The producer in the files.</summary>
    public const string Producer = "Rf3d.MLNet";

    // The file format version that came with operator set 17; OnnxRuntime refuses a file that claims a newer one than it knows.
    private const int FormatVersion = 8;

    private readonly GraphProto _graph;
    private readonly List<StringStringEntryProto> _metadata = [];
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);

    public OnnxGraphBuilder(string graphName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(graphName);
        _graph = new GraphProto { Name = graphName };
    }

    /// <summary>Declares a float input of the graph and returns its name.</summary>
    public string AddInput(string name, params ReadOnlySpan<OnnxDimension> dimensions)
    {
        Define(name);
        _graph.Input.Add(FloatTensor(name, dimensions));
        return name;
    }

    /// <summary>Declares a float output of the graph. A node added before or after must produce a value of this name.</summary>
    public void AddOutput(string name, params ReadOnlySpan<OnnxDimension> dimensions) => _graph.Output.Add(FloatTensor(name, dimensions));

    /// <summary>Adds constant floats (weights) and returns their name.</summary>
    public string AddInitializer(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values) =>
        AddInitializer(name, dimensions, values.Length, TensorProto.Types.DataType.Float, LittleEndian(values));

    /// <summary>Adds constant integers (shapes, axes) and returns their name.</summary>
    public string AddInitializer(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<long> values) =>
        AddInitializer(name, dimensions, values.Length, TensorProto.Types.DataType.Int64, LittleEndian(values));

    /// <summary>Adds an operator. An empty input name means an optional input that is not given.</summary>
    public void AddNode(string operatorType, IEnumerable<string> inputs, IEnumerable<string> outputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(operatorType);
        var node = new NodeProto { OpType = operatorType };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        foreach (var output in node.Output)
            Define(output);
        // Profilers and graph viewers show the node's name; the value it makes is the one name that is unique anyway.
        node.Name = node.Output[0];
        foreach (var attribute in attributes)
            node.Attribute.Add(attribute.ToProto());
        _graph.Node.Add(node);
    }

    /// <summary>Adds a text that travels with the model and that no operator sees.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(new StringStringEntryProto { Key = key, Value = value });

    /// <summary>The finished model as a file's content.</summary>
    public byte[] Build() => BuildModel().ToByteArray();

    /// <summary>The finished model as a message. It shares the graph with this builder.</summary>
    public ModelProto BuildModel()
    {
        // OnnxRuntime reports an undefined value too, but far from the code that omitted it and without the node that uses it.
        foreach (var node in _graph.Node)
        {
            foreach (var input in node.Input.Where(input => input.Length > 0 && !_values.Contains(input)))
                throw new InvalidOperationException($"The {node.OpType} node '{node.Name}' reads '{input}', which nothing in the graph defines.");
        }

        foreach (var output in _graph.Output.Where(output => !_values.Contains(output.Name)))
            throw new InvalidOperationException($"The graph's output '{output.Name}' is not made by any node.");

        var model = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxGraphBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        model.MetadataProps.AddRange(_metadata);
        return model;
    }

    private string AddInitializer(string name, ReadOnlySpan<long> dimensions, int count, TensorProto.Types.DataType type, ByteString data)
    {
        var expected = 1L;
        foreach (var dimension in dimensions)
            expected = checked(expected * dimension);
        if (expected != count)
            throw new ArgumentException($"'{name}' has {count} values, its dimensions [{string.Join(", ", dimensions.ToArray())}] ask for {expected}.");

        Define(name);
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = data };
        foreach (var dimension in dimensions)
            tensor.Dims.Add(dimension);
        _graph.Initializer.Add(tensor);
        return name;
    }

    private void Define(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!_values.Add(name))
            throw new ArgumentException($"The graph already has a value named '{name}'.");
    }

    private static ValueInfoProto FloatTensor(string name, ReadOnlySpan<OnnxDimension> dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (var dimension in dimensions)
            shape.Dim.Add(dimension.ToProto());
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    // The format's raw data is little-endian. On such a machine, which is nearly every one, the values are copied once and as they are.
    private static ByteString LittleEndian(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
            return ByteString.CopyFrom(MemoryMarshal.AsBytes(values));

        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private static ByteString LittleEndian(ReadOnlySpan<long> values)
    {
        if (BitConverter.IsLittleEndian)
            return ByteString.CopyFrom(MemoryMarshal.AsBytes(values));

        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
