using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>
/// Rewrites a graph so that its layers compute with 16-bit floating point, from the first convolution to the last feature map, hidden linear layers included. The preparation of the images, the pooling to a
/// vector, and with them inputs and outputs, stay in 32 bits.
/// </summary>
internal sealed class HalfGraph
{
    private const string HalfSuffix = ".half";
    private const string SingleSuffix = ".single";

    private readonly GraphProto _graph;
    private readonly ConstantValues _constants;
    private readonly List<NodeProto> _nodes = [];
    private readonly HashSet<string> _halves = new(StringComparer.Ordinal);
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);

    private HalfGraph(GraphProto graph, ConstantValues constants) => (_graph, _constants) = (graph, constants);

    /// <param name="graph">The graph, which is changed.</param>
    /// <param name="constants">Its constants.</param>
    /// <returns>The number of layers with weights of 16 bits.</returns>
    /// <exception cref="NotSupportedException">There is no layer with weights, or a weight is too large for 16 bits.</exception>
    public static int Rewrite(GraphProto graph, ConstantValues constants) => new HalfGraph(graph, constants).Run();

    private int Run()
    {
        var nodes = _graph.Node.ToList();
        var layers = nodes.Where(node => QuantizationSites.IsLayer(node, _constants)).ToList();
        if (layers.Count == 0)
            throw new NotSupportedException("The network has no convolution and no hidden linear layer to compute in float16.");
        var (first, last, head) = (nodes.IndexOf(layers[0]), nodes.IndexOf(layers[^1]), QuantizationSites.HeadOf(_graph));
        var inside = nodes.Where((node, i) => i >= first && (i < head || i <= last) && !_constants.Contains(node.Output[0])).ToList();
        var names = inside.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        var values = _constants.Floats(inside.SelectMany(node => node.Input).Where(_constants.Contains));
        foreach (var node in nodes)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = names.Contains(node.Name) ? HalfOf(node.Input[i], values) : SingleOf(node.Input[i]);
            _nodes.Add(node);
            if (names.Contains(node.Name))
                _halves.UnionWith(node.Output);
        }
        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        UnusedParts.RemoveFrom(_graph);
        return layers.Count;
    }

    /// <summary>A value as the nodes inside read it.</summary>
    private string HalfOf(string value, IReadOnlyDictionary<string, ConstantTensor> constants)
    {
        // Constants of another type are shapes and indices.
        if (value.Length == 0 || _halves.Contains(value) || (_constants.Contains(value) && !constants.ContainsKey(value)))
            return value;
        var name = value + HalfSuffix;
        if (!_added.Add(name))
            return name;
        if (constants.TryGetValue(value, out var constant))
            AddConstant(name, OnnxParts.Tensor(name, constant.Shape, Array.ConvertAll(constant.Values, number => ToHalf(number, value))));
        else
            AddCast(value, name, TensorProto.Types.DataType.Float16);
        return name;
    }

    /// <summary>A value as the nodes before and after read it.</summary>
    private string SingleOf(string value)
    {
        if (!_halves.Contains(value))
            return value;
        if (_added.Add(value + SingleSuffix))
            AddCast(value, value + SingleSuffix, TensorProto.Types.DataType.Float);
        return value + SingleSuffix;
    }

    // ML.NET reads the types of all initializers, and refuses 16 bits; it does not look into nodes.
    private void AddConstant(string name, TensorProto tensor) =>
        _nodes.Add(OnnxParts.Node("Constant", [], name, new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor }));

    private void AddCast(string value, string name, TensorProto.Types.DataType type) =>
        _nodes.Add(OnnxParts.Node("Cast", [value], name, new OnnxAttribute("to", (long)type).ToProto()));

    private static Half ToHalf(float number, string name) => (Half)number is var half && Half.IsFinite(half)
        ? half
        : throw new NotSupportedException(FormattableString.Invariant($"'{name}' has the number {number}; float16 has numbers up to 65,504. Quantize the model to int8, or leave it in float32."));
}
