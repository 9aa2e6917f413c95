using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The graph of an ONNX file, by the names of its values: who makes one, who reads it, and which are constants.</summary>
internal sealed class OnnxGraph
{
    // A constant may go by other names through Identity nodes; longer chains than this are a ring.
    private const int LongestChain = 64;

    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> _readers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _tensors = new(StringComparer.Ordinal);

    /// <exception cref="NetworkImportException">A name is missing, or is used for two values.</exception>
    public OnnxGraph(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
        {
            if (!_tensors.TryAdd(tensor.Name, tensor))
                throw new NetworkImportException($"Two constants go by the name '{tensor.Name}'.");
        }
        foreach (var node in graph.Node)
            Index(node);
        var given = graph.Input.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input.Where(input => input.Length > 0 && !given.Contains(input) && !_makers.ContainsKey(input) && !_tensors.ContainsKey(input)))
                throw NetworkImportException.At(OnnxNode.Describe(node), $"reads '{input}', which nothing in the file makes");
        }
        Inputs = [.. graph.Input.Where(input => !_tensors.ContainsKey(input.Name) && _readers.ContainsKey(input.Name))];
        Outputs = [.. graph.Output.Select(output => output.Name)];
    }

    /// <summary>Inputs that are read and no constants.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    /// <summary>Names of the outputs.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Nodes that compute with a value; one that reads it twice comes twice. Asking for its shape is no computing.</summary>
    public IReadOnlyList<NodeProto> Readers(string value) => _readers.TryGetValue(value, out var readers) ? readers : [];

    /// <summary>The node that makes a value; null for inputs and constants.</summary>
    public NodeProto? Maker(string value) => _makers.GetValueOrDefault(value);

    /// <summary>The constant of this name; null where the value is computed.</summary>
    public TensorProto? Tensor(string value)
    {
        for (var i = 0; i < LongestChain; i++)
        {
            if (_tensors.TryGetValue(value, out var tensor))
                return tensor;
            if (Maker(value) is not { OpType: "Identity", Input.Count: > 0 } alias)
                return null;
            value = alias.Input[0];
        }
        return null;
    }

    private void Index(NodeProto node)
    {
        if (node.Output.Count == 0 || node.Output[0].Length == 0)
            throw NetworkImportException.At(OnnxNode.Describe(node), "makes no value");
        foreach (var output in node.Output.Where(output => output.Length > 0))
        {
            if (!_makers.TryAdd(output, node) || _tensors.ContainsKey(output))
                throw NetworkImportException.At(OnnxNode.Describe(node), $"makes '{output}', which something else makes too");
        }
        if (node.OpType == "Constant" && OnnxNode.Constant(node) is { } tensor)
            _tensors[node.Output[0]] = tensor;
        if (node.OpType == "Shape")
            return;
        foreach (var input in node.Input.Where(input => input.Length > 0))
        {
            if (!_readers.TryGetValue(input, out var readers))
                _readers[input] = readers = [];
            readers.Add(node);
        }
    }
}
