using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Walks an ONNX graph from its input to its output and hands layer after layer to a <see cref="NetworkAssembler"/>. Where a value goes two ways, the
/// ways must meet in an Add: a unit and the shortcut around it.
/// </summary>
internal sealed class OnnxGraphReader
{
    /// <summary>Nodes that compute shapes, constants and the weights of rolling pointwise convolutions, and the crop of the images.</summary>
    private static readonly string[] Arithmetic = ["Constant", "Shape", "Gather", "Unsqueeze", "Concat", "Range", "Mod", "ConstantOfShape", "ScatterElements", "Slice"];

    private const int MostNamed = 5;

    // Ten times as many as the deepest networks have.
    private const int MostNodes = 100_000;

    private readonly OnnxGraph _graph;
    private readonly OnnxShapes _shapes;
    private readonly NetworkAssembler _network;
    private readonly OnnxLayerReader _layers;
    private readonly HashSet<NodeProto> _passed = new(ReferenceEqualityComparer.Instance);

    private OnnxGraphReader(OnnxGraph graph, TensorShape input)
    {
        _graph = graph;
        _shapes = new OnnxShapes(graph);
        _network = new NetworkAssembler(input);
        _layers = new OnnxLayerReader(graph, _shapes, _network);
    }

    /// <inheritdoc cref="ReadWithParameters"/>
    public static ConvNet Read(GraphProto proto) => ReadWithParameters(proto).Network;

    /// <exception cref="NetworkImportException">Something is not supported; the message says what and where.</exception>
    public static (ConvNet Network, OnnxParameters Parameters) ReadWithParameters(GraphProto proto)
    {
        RequireKnown(proto);
        var graph = new OnnxGraph(proto);
        if (graph.Inputs.Count != 1)
        {
            throw new NetworkImportException(
                $"The graph has {graph.Inputs.Count} inputs that nodes read{List(graph.Inputs.Select(input => input.Name))}; one is supported, the images.");
        }
        var images = OnnxInput.Shape(graph.Inputs[0]);
        var (start, seen) = CropStep.Read(graph, graph.Inputs[0].Name, images);
        var reader = new OnnxGraphReader(graph, seen);
        reader._layers.Parameters.Resized = new(images.Height, images.Width);
        reader.Walk(start);
        return (reader._network.Build(string.IsNullOrWhiteSpace(proto.Name) ? "custom" : proto.Name), reader._layers.Parameters);
    }

    private static void RequireKnown(GraphProto graph)
    {
        if (graph.Node.Count > MostNodes)
            throw new NetworkImportException(FormattableString.Invariant($"It has {graph.Node.Count} nodes; up to {MostNodes} are read."));
        var unknown = graph.Node
            .Where(node => node.Domain is not ("" or "ai.onnx") || !(OnnxLayerReader.Layers.Contains(node.OpType) || Arithmetic.Contains(node.OpType)))
            .DistinctBy(node => (node.Domain, node.OpType)).ToList();
        if (unknown.Count > 0)
        {
            throw new NetworkImportException(
                $"It has nodes of {unknown.Count} unknown kind(s): {string.Join(", ", unknown.Take(MostNamed).Select(OnnxNode.Describe))}{(unknown.Count > MostNamed ? ", …" : "")}. "
                + $"Understood are {string.Join(", ", OnnxLayerReader.Layers)}.");
        }
    }

    private void Walk(string value)
    {
        var outputs = new HashSet<string>(_graph.Outputs, StringComparer.Ordinal);
        while (true)
        {
            Note(value);
            var readers = _graph.Readers(value);
            var isOutput = outputs.Remove(value);
            if (readers.Count == 0)
            {
                if (!isOutput)
                    throw new NetworkImportException($"The value '{value}' is the end of the network and is no output of the graph.");
                break;
            }
            if (isOutput && !readers.All(reader => reader.OpType is "Softmax" or "LogSoftmax"))
            {
                throw new NetworkImportException(
                    $"The value '{value}' is an output, and {OnnxNode.Describe(readers[0])} reads it as well; only one output at the end is supported.");
            }
            value = readers.Count == 1 ? Pass(readers[0], value) : GoAround(value, readers);
        }
        if (outputs.Count > 0)
        {
            throw new NetworkImportException(
                $"The graph has other outputs than '{value}'{List(outputs)}; one output at the end is supported, and logits with their probabilities.");
        }
    }

    private string Pass(NodeProto node, string value)
    {
        if (!_passed.Add(node))
            throw NetworkImportException.At(OnnxNode.Describe(node), "reads what is computed from its own output");
        return _layers.Read(node, value);
    }

    /// <summary>Reads a unit and the shortcut around it.</summary>
    private string GoAround(string value, IReadOnlyList<NodeProto> readers)
    {
        var (one, other, sum) = Part(value, readers);
        var name = OnnxNode.Describe(sum);
        // Where both could be the projection, the shortcut is the one that is added second, as exporters write it.
        var (first, second) = sum.Input[0] == End(one, value) ? (one, other) : (other, one);
        var (unit, shortcut) = first.Count > 0 && IsShortcut(second) ? (first, second)
            : second.Count > 0 && IsShortcut(first) ? (second, first)
            : throw NetworkImportException.At(name, $"adds up two ways from '{value}', of which neither is a shortcut: nothing at all, or one convolution with or without batch normalisation, and average pooling before it");

        var isPooled = shortcut is [{ OpType: "AveragePool" }, ..];
        var pool = isPooled ? OnnxShortcutPool.Read(shortcut[0], _network.Shape) : null;
        var kernel = shortcut.Skip(isPooled ? 1 : 0).ToList();
        var projection = kernel.Count == 0 ? null : Projection(name, kernel[0], pool is { } window ? _network.Shape.Averaged(window) : _network.Shape);
        if (projection is not null)
            _layers.Parameters.AddProjection(kernel[0], kernel.ElementAtOrDefault(1));
        _network.BeginBlock();
        var current = Pass(unit[0], value);
        while (current != End(unit, value))
        {
            Note(current);
            current = _graph.Readers(current) is [var next] && next != sum
                ? Pass(next, current)
                : throw NetworkImportException.At(name, $"adds up '{current}', which comes from the middle of a layer");
        }
        if (!_passed.Add(sum) || shortcut.Any(node => !_passed.Add(node)))
            throw NetworkImportException.At(name, "reads what is computed from its own output");
        _network.EndResidual(name, projection, pool);
        return sum.Output[0];
    }

    /// <summary>The nodes on the two ways from a value, and the Add in which they meet.</summary>
    private (List<NodeProto> One, List<NodeProto> Other, NodeProto Sum) Part(string value, IReadOnlyList<NodeProto> readers)
    {
        if (readers is not [var first, var second] || first == second)
        {
            throw new NetworkImportException(
                $"The value '{value}' is read {readers.Count} times{List(readers.Select(OnnxNode.Describe))}; two ways that meet in an Add are supported, which is a shortcut.");
        }
        var (one, other) = (Follow(first), Follow(second));
        // By reference: protobuf compares messages member by member.
        var reached = new HashSet<NodeProto>(other, ReferenceEqualityComparer.Instance);
        var place = one.FindIndex(reached.Contains);
        if (place < 0)
        {
            throw new NetworkImportException(
                $"The value '{value}' goes two ways, to {OnnxNode.Describe(first)} and {OnnxNode.Describe(second)}, which part again before they meet; an Add that ends both is supported.");
        }
        var sum = one[place];
        if (sum.OpType is not ("Add" or "Sum") || sum.Input.Count != 2)
            throw NetworkImportException.At(OnnxNode.Describe(sum), $"is where two ways from '{value}' meet; an Add is supported there");
        return (one[..place], other[..other.FindIndex(node => ReferenceEquals(node, sum))], sum);
    }

    /// <summary>A node and those after it, as long as there is one way to go.</summary>
    private List<NodeProto> Follow(NodeProto node)
    {
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        List<NodeProto> way = [];
        for (NodeProto? next = node; next is not null && seen.Add(next); next = _graph.Readers(next.Output[0]) is [var only] ? only : null)
            way.Add(next);
        return way;
    }

    private Convolution Projection(string sum, NodeProto node, TensorShape input)
    {
        var (layer, channels) = OnnxConvolution.Read(_graph, node, input);
        if (layer is not Convolution convolution || channels != _network.Shape.Channels)
        {
            throw NetworkImportException.At(
                sum, $"has a shortcut that is no plain 1x1 convolution of the unit's {_network.Shape.Channels} channels: {OnnxNode.Describe(node)}");
        }
        return convolution;
    }

    private void Note(string value)
    {
        if (_network.IsInBody)
            _shapes.Note(value, _network.Shape);
        else if (_network.IsAveraged)
            _shapes.Note(value, _network.Shape with { Height = 1, Width = 1 });
    }

    private static string End(List<NodeProto> way, string start) => way.Count == 0 ? start : way[^1].Output[0];

    private static bool IsShortcut(List<NodeProto> way) =>
        way is [] or [{ OpType: "Conv" }] or [{ OpType: "Conv" }, { OpType: "BatchNormalization" }]
            or [{ OpType: "AveragePool" }, { OpType: "Conv" }] or [{ OpType: "AveragePool" }, { OpType: "Conv" }, { OpType: "BatchNormalization" }];

    private static string List(IEnumerable<string> names)
    {
        var list = names.Take(MostNamed).ToList();
        return list.Count == 0 ? "" : $" ({string.Join(", ", list)})";
    }
}
