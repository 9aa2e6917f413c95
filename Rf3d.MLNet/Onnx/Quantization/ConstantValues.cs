using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>A constant of floats in a graph.</summary>
/// <param name="Shape">The dimensions.</param>
/// <param name="Values">The values.</param>
internal sealed record ConstantTensor(long[] Shape, float[] Values);

/// <summary>The constants of a graph: those of the file, and those that nodes compute from constants alone, as the weights of rolling pointwise convolutions.</summary>
internal sealed class ConstantValues
{
    private readonly ModelProto _model;
    private readonly Dictionary<string, TensorProto> _given;
    private readonly List<NodeProto> _nodes = [];
    private readonly HashSet<string> _names;

    /// <param name="model">The graph. It is not changed.</param>
    public ConstantValues(ModelProto model)
    {
        _model = model;
        _given = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _names = [.. _given.Keys];
        foreach (var node in model.Graph.Node.Where(node => node.Input.All(input => input.Length == 0 || _names.Contains(input))))
        {
            _nodes.Add(node);
            _names.UnionWith(node.Output);
        }
    }

    /// <summary>Whether the value is a constant.</summary>
    public bool Contains(string value) => _names.Contains(value);

    /// <summary>The floats of constants; those of other types are left out.</summary>
    /// <param name="names">Names of constants.</param>
    public IReadOnlyDictionary<string, ConstantTensor> Floats(IEnumerable<string> names)
    {
        var values = new Dictionary<string, ConstantTensor>(StringComparer.Ordinal);
        List<string> computed = [];
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (!_given.TryGetValue(name, out var tensor))
                computed.Add(name);
            else if (tensor.Floats() is { } floats)
                values[name] = new([.. tensor.Dims], floats);
        }
        if (computed.Count > 0)
            Compute(computed, values);
        return values;
    }

    /// <summary>Lets ONNX Runtime compute them, in a graph of the constants alone.</summary>
    private void Compute(List<string> names, Dictionary<string, ConstantTensor> values)
    {
        var graph = new GraphProto { Name = "constants" };
        graph.Node.Add(_nodes);
        var read = _nodes.SelectMany(node => node.Input).ToHashSet(StringComparer.Ordinal);
        graph.Initializer.Add(_given.Values.Where(tensor => read.Contains(tensor.Name)));
        // Without types, which the runtime works out.
        graph.Output.Add(names.Select(name => new ValueInfoProto { Name = name }));
        var model = new ModelProto { IrVersion = _model.IrVersion, Graph = graph };
        model.OpsetImport.Add(_model.OpsetImport);
        using var session = new InferenceSession(model.ToByteArray());
        using var options = new RunOptions();
        using var results = session.Run(options, [], [], names);
        foreach (var (name, result) in names.Zip(results))
        {
            var type = result.GetTensorTypeAndShape();
            if (type.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
                values[name] = new(type.Shape, result.GetTensorDataAsSpan<float>().ToArray());
        }
    }
}
