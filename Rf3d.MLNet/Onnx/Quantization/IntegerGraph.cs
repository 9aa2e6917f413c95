using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>
/// Rewrites a graph so that its convolutions compute with 8-bit integers, in the form in which ONNX represents that: values go through a pair of <c>QuantizeLinear</c> and <c>DequantizeLinear</c>, weights are
/// integers with a <c>DequantizeLinear</c>. A runtime replaces the pairs and the nodes between them by kernels for integers; one that does not computes the same in floating point.
/// </summary>
internal sealed class IntegerGraph
{
    private const string Quantized = ".quantized";
    private const string Dequantized = ".dequantized";

    private readonly GraphProto _graph;
    private readonly QuantizationSites _sites;
    private readonly IReadOnlyDictionary<string, ActivationRange> _ranges;
    private readonly IReadOnlyDictionary<string, ConstantTensor> _weights;
    private readonly int _weightBits;
    private readonly List<NodeProto> _nodes = [];

    private IntegerGraph(GraphProto graph, QuantizationSites sites, IReadOnlyDictionary<string, ActivationRange> ranges, IReadOnlyDictionary<string, ConstantTensor> weights, int weightBits) =>
        (_graph, _sites, _ranges, _weights, _weightBits) = (graph, sites, ranges, weights, weightBits);

    /// <param name="graph">The graph, which is changed.</param>
    /// <param name="sites">The nodes and values, of this very graph.</param>
    /// <param name="ranges">The range of each of <see cref="QuantizationSites.Ranges"/>.</param>
    /// <param name="weights">Weights and biases of the layers.</param>
    /// <param name="weightBits">7 or 8.</param>
    public static void Rewrite(
        GraphProto graph, QuantizationSites sites, IReadOnlyDictionary<string, ActivationRange> ranges, IReadOnlyDictionary<string, ConstantTensor> weights, int weightBits) =>
        new IntegerGraph(graph, sites, ranges, weights, weightBits).Run();

    private void Run()
    {
        foreach (var value in _sites.Ranges)
        {
            _graph.Initializer.Add(OnnxParts.Tensor(ScaleOf(value), _ranges[value].Scale));
            _graph.Initializer.Add(OnnxParts.Tensor(ZeroOf(value), _ranges[value].ZeroPoint));
        }
        foreach (var input in _graph.Input.Where(input => _sites.HasLevels(input.Name)))
            AddLevels(input.Name, input.Name);
        foreach (var node in _graph.Node.Where(node => !_sites.IsAbsorbed(node)).ToList())
            Add(node);
        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        UnusedParts.RemoveFrom(_graph);
    }

    private void Add(NodeProto node)
    {
        if (_sites.HasIntegers(node))
            QuantizeWeights(node);
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (_sites.HasLevels(node.Input[i]))
                node.Input[i] += Dequantized;
        }
        _nodes.Add(node);
        foreach (var output in node.Output)
        {
            if (_sites.OutputOf(output) is var value && _sites.HasLevels(value))
                AddLevels(output, value);
        }
    }

    /// <summary>Lets a value go through its levels.</summary>
    /// <param name="value">The value as it is computed.</param>
    /// <param name="name">The value that others read, after an absorbed activation.</param>
    private void AddLevels(string value, string name)
    {
        var (scale, zero) = (ScaleOf(_sites.RangeOf(name)), ZeroOf(_sites.RangeOf(name)));
        _nodes.Add(OnnxParts.Node("QuantizeLinear", [value, scale, zero], name + Quantized));
        _nodes.Add(OnnxParts.Node("DequantizeLinear", [name + Quantized, scale, zero], name + Dequantized));
    }

    private void QuantizeWeights(NodeProto node)
    {
        var weights = _weights[node.Input[1]];
        var biases = node.Input(2) is { } name ? _weights[name] : null;
        var (layer, scale, channels) = (QuantizationSites.NameOf(node), _ranges[_sites.RangeOf(node.Input[0])].Scale, weights.Shape[0]);
        var integers = QuantizedWeights.Of(weights.Values, biases?.Values, (int)channels, scale, _weightBits);
        var (weight, bias) = (layer + ".weight8", layer + ".bias32");
        node.Input[1] = AddIntegers(OnnxParts.Tensor(weight, weights.Shape, integers.Weights), OnnxParts.Tensor(weight + ".zero", [channels], new sbyte[channels]), integers.Scales);
        if (integers.Biases is not null)
            node.Input[2] = AddIntegers(OnnxParts.Tensor(bias, [channels], integers.Biases), OnnxParts.Tensor(bias + ".zero", [channels], new int[channels]), Array.ConvertAll(integers.Scales, each => scale * each));
    }

    /// <summary>Adds integers with a scale for each output channel.</summary>
    /// <returns>The value of their real numbers.</returns>
    private string AddIntegers(TensorProto integers, TensorProto zeros, float[] scales)
    {
        var (scale, output) = (OnnxParts.Tensor(integers.Name + ".scale", [scales.Length], scales), integers.Name + Dequantized);
        _graph.Initializer.Add([integers, scale, zeros]);
        _nodes.Add(OnnxParts.Node("DequantizeLinear", [integers.Name, scale.Name, zeros.Name], output, new OnnxAttribute("axis", 0).ToProto()));
        return output;
    }

    private static string ScaleOf(string value) => value + ".scale";

    private static string ZeroOf(string value) => value + ".zero";
}
