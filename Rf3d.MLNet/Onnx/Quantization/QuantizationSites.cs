using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>
/// Which nodes of a graph of <see cref="OnnxWriter"/> compute with 8-bit integers, and which values are represented by 8-bit levels for that. The preparation of the images, the pooling to a vector and the
/// last layer stay as they are.
/// </summary>
internal sealed class QuantizationSites
{
    private const float Relu6End = 6;

    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _activated = new(StringComparer.Ordinal);
    private readonly HashSet<string> _layers = new(StringComparer.Ordinal);
    private readonly List<string> _weights = [];
    private readonly OnnxGraph _graph;

    private QuantizationSites(OnnxGraph graph) => _graph = graph;

    /// <summary>The number of convolutions and linear layers whose weights become integers.</summary>
    public int Count => _layers.Count;

    /// <summary>The weights and biases that become integers.</summary>
    public IReadOnlyList<string> Weights => _weights;

    /// <summary>The values whose ranges are needed. Others have the range of the value that they are made of.</summary>
    public IReadOnlyList<string> Ranges => [.. _sources.Where(value => value.Key == value.Value).Select(value => value.Key)];

    /// <summary>The names of all layers with weights, by which users leave them out.</summary>
    public required IReadOnlyList<string> LayerNames { get; init; }

    /// <param name="graph">The graph. It is not changed.</param>
    /// <param name="constants">Its constants.</param>
    /// <param name="float32Layers">Names of layers that stay as they are.</param>
    /// <exception cref="ArgumentException">There is no layer of a name.</exception>
    /// <exception cref="NotSupportedException">No layer is left.</exception>
    public static QuantizationSites Find(GraphProto graph, ConstantValues constants, IReadOnlyCollection<string> float32Layers)
    {
        var layers = graph.Node.Where(node => IsLayer(node, constants)).ToList();
        var sites = new QuantizationSites(new OnnxGraph(graph)) { LayerNames = [.. layers.Select(NameOf)] };
        if (float32Layers.FirstOrDefault(name => !sites.LayerNames.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new ArgumentException($"The network has no layer '{unknown}'. It has {string.Join(", ", sites.LayerNames)}.", nameof(float32Layers));
        layers.RemoveAll(node => float32Layers.Contains(NameOf(node), StringComparer.Ordinal));
        if (layers.Count == 0)
            throw new NotSupportedException("No layer of the network is left to quantize: it has no convolution and no hidden linear layer, or all of them are to stay in float32.");
        var (last, head) = (graph.Node.IndexOf(layers[^1]), HeadOf(graph));
        for (var i = 0; i < graph.Node.Count; i++)
        {
            var node = graph.Node[i];
            if (constants.Contains(node.Output[0]) || sites.IsAbsorbed(node) || (i >= head && i > last))
                continue;
            if (layers.Exists(layer => ReferenceEquals(layer, node)))
                sites.AddLayer(node, hasLevels: node.OpType == "Conv" || i < last);
            else
                sites.Add(node, constants);
        }
        return sites;
    }

    /// <summary>The name of a layer of the network.</summary>
    public static string NameOf(NodeProto node)
    {
        var name = node.Name;
        foreach (var part in (ReadOnlySpan<string>)[".linear", ".windows"])
        {
            if (name.EndsWith(part, StringComparison.Ordinal))
                return name[..^part.Length];
        }
        return name;
    }

    /// <summary>Whether a node is a convolution or a linear layer with constant weights.</summary>
    public static bool IsLayer(NodeProto node, ConstantValues constants) => node.OpType is "Conv" or "Gemm" && constants.Contains(node.Input[1]);

    /// <summary>The place of the first node of the head: the pooling to a vector.</summary>
    public static int HeadOf(GraphProto graph)
    {
        var place = graph.Node.ToList().FindIndex(node => node.Name is OnnxWriter.PoolNode or OnnxWriter.VectorNode);
        return place < 0 ? graph.Node.Count : place;
    }

    /// <summary>Whether the weights of a node become integers.</summary>
    public bool HasIntegers(NodeProto node) => _layers.Contains(node.Output[0]);

    /// <summary>Whether a value is represented by levels.</summary>
    public bool HasLevels(string value) => _sources.ContainsKey(value);

    /// <summary>The value whose range a value has: itself, or the one that it is made of by moving numbers alone.</summary>
    public string RangeOf(string value) => _sources[value];

    /// <summary>Whether the node is an activation that the range of the levels includes: max(x, 0) is the lowest level.</summary>
    public bool IsAbsorbed(NodeProto node) => _activated.ContainsValue(node.Output[0]);

    /// <summary>The value that a node makes together with the activation that is absorbed into it.</summary>
    /// <param name="output">The output of the node.</param>
    public string OutputOf(string output) => _activated.GetValueOrDefault(output, output);

    private void AddLayer(NodeProto node, bool hasLevels)
    {
        _layers.Add(node.Output[0]);
        _weights.AddRange(node.Input.Skip(1).Where(input => input.Length > 0));
        AddLevels(node.Input[0]);
        if (!hasLevels)
            return;
        Absorb(node);
        AddLevels(OutputOf(node.Output[0]));
    }

    private void Add(NodeProto node, ConstantValues constants)
    {
        switch (node.OpType)
        {
            case "Add" when node.Input.All(input => !constants.Contains(input)) && node.Input.Any(HasLevels):
                foreach (var input in node.Input)
                    AddLevels(input);
                Absorb(node);
                AddLevels(OutputOf(node.Output[0]));
                break;
            case "AveragePool" or "GlobalAveragePool" or "LeakyRelu" or "Sigmoid" or "HardSwish" or "Tanh" or "Relu" or "Clip" when HasLevels(node.Input[0]):
                AddLevels(node.Output[0]);
                break;
            // They move numbers and compute none.
            case "MaxPool" or "Reshape" or "Transpose" or "Gather" or "Flatten" when HasLevels(node.Input[0]):
                _sources[node.Output[0]] = RangeOf(node.Input[0]);
                break;
        }
    }

    private void AddLevels(string value) => _sources.TryAdd(value, value);

    private void Absorb(NodeProto node)
    {
        if (_graph.Outputs.Contains(node.Output[0]) || _graph.Readers(node.Output[0]) is not [var reader] || !IsRange(reader))
            return;
        _activated[node.Output[0]] = reader.Output[0];
    }

    /// <summary>Whether levels of its outputs begin with 0, and end before it would clip.</summary>
    private bool IsRange(NodeProto node) => node.OpType == "Relu"
        || (node.OpType == "Clip" && node.Input(1) is { } low && node.Input(2) is { } high && _graph.Tensor(low).Number() == 0 && _graph.Tensor(high).Number() == Relu6End);
}
