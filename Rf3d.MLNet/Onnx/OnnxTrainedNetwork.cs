using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A network read from an ONNX file, with its weights and the steps that it applies to the images first.</summary>
/// <param name="Network">The network. One that ends with the mean of each map has no head.</param>
/// <param name="Weights">The weights by our names; kernels whose weights the graph computes are missing.</param>
/// <param name="Scale">Factor of each channel of the images at the start: 1 if the graph has none.</param>
/// <param name="Shift">Addend of each channel after it.</param>
internal sealed record OnnxTrainedNetwork(ConvNet Network, WeightTable Weights, float[] Scale, float[] Shift)
{
    /// <summary>The values that the graph subtracts from each pixel at the start, channel by channel; null if it subtracts one number from all pixels of a channel, or nothing.</summary>
    public float[]? MeanImage { get; private init; }

    /// <summary>Whether the steps are those of <see cref="OnnxWriter"/>, whose images have values from 0 to 255.</summary>
    public bool TakesBytes { get; private init; }

    /// <summary>Size of the images that go in; the network sees their middle, as large as its input.</summary>
    public required Size2D Resized { get; init; }

    /// <exception cref="NetworkImportException">Something is not supported; the message says what and where.</exception>
    public static OnnxTrainedNetwork Read(GraphProto graph)
    {
        var (network, parameters) = OnnxGraphReader.ReadWithParameters(graph);
        network = WithoutMean(network);
        var layout = NetworkLayout.Of(network);
        var table = new WeightTable();
        var blocks = layout.Body.SelectMany(stage => stage.Blocks).ToList();
        foreach (var (node, kernel) in blocks.SelectMany(block => block.Layers).Where(node => node.Layer is ConvLayer).Zip(parameters.Kernels))
            Add(table, node.Name, kernel, parameters.Graph);
        foreach (var (node, kernel) in blocks.Select(block => block.Projection).OfType<LayerNode>().Zip(parameters.Projections))
            Add(table, node.Name, kernel, parameters.Graph);
        foreach (var (node, linear) in layout.Linears.Zip(parameters.Linears))
        {
            var weights = Values(node.Name, linear.Weights);
            table[node.Name + WeightTable.Weight] = new([node.Outputs, node.Inputs], linear.IsTransposed ? weights : Transposed(weights, node.Inputs, node.Outputs));
            if (linear.Bias is not null)
                table[node.Name + WeightTable.Bias] = new([node.Outputs], Values(node.Name, linear.Bias, node.Outputs));
        }
        var (scale, shift) = Normalisation(parameters, network.Input.Channels);
        return new(network, table, scale, shift)
        {
            MeanImage = MeanImageOf(parameters, network.Input),
            TakesBytes = parameters.Normalisation is [{ Node: { Input: [_, NormalizationStep.MeanName] } }, { Node: { Input: [_, NormalizationStep.FactorName] } }],
            Resized = parameters.Resized,
        };
    }

    /// <summary>A graph that ends with the mean of each map makes the features that a head begins with.</summary>
    private static ConvNet WithoutMean(ConvNet network)
    {
        if (network.Head is not null || network.Stages[^1].Pool is not AveragePool pool)
            return network;
        var without = network with { Stages = network.Stages.SetItem(network.Stages.Length - 1, network.Stages[^1] with { Pool = null }) };
        var maps = NetworkLayout.Of(without).Stages[^1].Output;
        return pool.Padding == 0 && pool.Size == new Size2D(maps.Height, maps.Width) ? without : network;
    }

    private static void Add(WeightTable table, string name, OnnxKernel kernel, OnnxGraph graph)
    {
        if (kernel.Convolution is null || graph.Tensor(kernel.Convolution.Input[1]) is not { } weight)
            return;
        table[name + WeightTable.Weight] = new([.. weight.Dims], Values(name, weight));
        if (kernel.Convolution.Input(2) is not null)
            Set(WeightTable.Bias, Constant(kernel.Convolution, 2));
        if (kernel.BatchNorm is not { } norm)
            return;
        var (scale, variance) = (Constant(norm, 1), Constant(norm, 4));
        AlignEpsilon(scale, variance, norm.Number("epsilon", 1e-5f));
        Set(WeightTable.NormScale, scale);
        Set(WeightTable.NormShift, Constant(norm, 2));
        Set(WeightTable.NormMean, Constant(norm, 3));
        Set(WeightTable.NormVariance, variance);

        void Set(string part, float[] values) => table[name + part] = new([values.Length], values);

        float[] Constant(NodeProto node, int number)
        {
            var place = OnnxNode.Describe(node);
            var value = node.Input(number) ?? throw NetworkImportException.At(place, $"has {node.Input.Count} inputs, and input {number} (from 0) is missing");
            return Values(place, graph.Tensor(value) ?? throw NetworkImportException.At(place, $"takes '{value}', which the graph computes; a constant is supported there"), weight.Dims[0]);
        }
    }

    /// <summary>Our normalisations add one and the same number to the variance; the difference to the file's number goes into the variance.</summary>
    private static void AlignEpsilon(float[] scale, float[] variance, float epsilon)
    {
        if (Math.Abs(epsilon - WeightTable.NormEpsilon) < 1e-9)
            return;
        for (var i = 0; i < variance.Length; i++)
        {
            var sum = variance[i] + (double)epsilon;
            var aligned = Math.Max(0, sum - WeightTable.NormEpsilon);
            scale[i] = (float)(scale[i] * Math.Sqrt((aligned + WeightTable.NormEpsilon) / sum));
            variance[i] = (float)aligned;
        }
    }

    private static (float[] Scale, float[] Shift) Normalisation(OnnxParameters parameters, int channels)
    {
        var (scale, shift) = (new double[channels], new double[channels]);
        Array.Fill(scale, 1);
        foreach (var (node, images) in parameters.Normalisation)
        {
            var numbers = Values(OnnxNode.Describe(node), parameters.Graph.Tensor(node.Input[1 - images])!);
            for (var i = 0; i < channels; i++)
            {
                var number = numbers.Length <= channels ? numbers[numbers.Length == 1 ? 0 : i] : numbers.Chunk(numbers.Length / channels).ElementAt(i).Average(value => (double)value);
                (scale[i], shift[i]) = node.OpType switch
                {
                    "Sub" => (scale[i], shift[i] - number),
                    "Add" => (scale[i], shift[i] + number),
                    "Mul" => (scale[i] * number, shift[i] * number),
                    _ => (scale[i] / number, shift[i] / number),
                };
            }
        }
        return ([.. scale.Select(value => (float)value)], [.. shift.Select(value => (float)value)]);
    }

    private static float[]? MeanImageOf(OnnxParameters parameters, TensorShape input) =>
        parameters.Normalisation is [{ Node: { OpType: "Sub" } node }, ..] && parameters.Graph.Tensor(node.Input[1]) is { } tensor && Values(OnnxNode.Describe(node), tensor) is var values
            && values.Length == input.Volume && values.Length > input.Channels
            ? values
            : null;

    /// <exception cref="NetworkImportException">They are not as many as the layer takes, not in the file, or of another type.</exception>
    private static float[] Values(string name, TensorProto tensor, long count) => Values(name, tensor) is var values && values.Length == count
        ? values
        : throw NetworkImportException.At(name, $"has {values.Length} numbers in '{tensor.Name}', where it takes {count}, one for each output");

    /// <exception cref="NetworkImportException">The numbers are not in the file, or of another type.</exception>
    private static float[] Values(string name, TensorProto tensor)
    {
        OnnxConvolution.RequireFloat(name, tensor.Name, tensor);
        if (tensor.Floats() is { } values)
            return values;
        var count = tensor.Dims.Aggregate(1L, (product, length) => product * length);
        throw NetworkImportException.At(
            name, $"has the weights '{tensor.Name}' of {count} numbers, of which the file holds {Math.Max(tensor.RawData.Length / sizeof(float), tensor.FloatData.Count)}: they are stored beside it, or it was cut short. Export the network into one file");
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                result[(column * rows) + row] = values[(row * columns) + column];
        }
        return result;
    }
}
