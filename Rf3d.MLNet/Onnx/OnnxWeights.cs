using System.Runtime.InteropServices;
using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Gets the weights of a backbone back out of the graph that <see cref="OnnxWriter"/> wrote. There batch normalisation is folded into weights and bias,
/// which is all that scoring needs. Further training also needs scale and shift, which the model's metadata keeps.
/// </summary>
internal static class OnnxWeights
{
    private const string NormKey = ".norm";

    /// <summary>Keeps scale and shift of each batch normalisation: two floats a channel.</summary>
    public static void AddNorms(OnnxGraphBuilder graph, NetworkLayout layout, WeightTable weights)
    {
        foreach (var node in layout.Layers.Where(node => node.Layer is ConvLayer { BatchNorm: true }))
        {
            float[] values = [.. weights[node.Name + WeightTable.NormScale].Values, .. weights[node.Name + WeightTable.NormShift].Values];
            graph.AddMetadata(node.Name + NormKey, Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan())));
        }
    }

    /// <summary>Whether a key of the metadata is that of the scale and shift of a batch normalisation.</summary>
    public static bool IsNorm(string key) => key.EndsWith(NormKey, StringComparison.Ordinal);

    /// <returns>
    /// The weights by the names of the weight table, with the same results as the graph; null when the graph is none of this library's.
    /// </returns>
    /// <exception cref="FormatException">The content is broken, no ONNX, or a network whose weights were rounded to fewer bits.</exception>
    public static WeightTable? Read(byte[] content)
    {
        if (Parse(content) is not { } model)
            return null;
        if (QuantizedNetwork.Is(model))
            throw new FormatException("its network is quantized, and its weights are rounded; use the model that it was made of");
        var table = new WeightTable();
        foreach (var tensor in model.Graph.Initializer.Where(tensor => IsWeight(tensor)))
            table[tensor.Name] = new([.. tensor.Dims], MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray());
        foreach (var entry in model.MetadataProps.Where(entry => IsNorm(entry.Key)))
            Unfold(table, entry.Key[..^NormKey.Length], MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(entry.Value)));
        return table;
    }

    /// <returns>The message; null when the graph is none of this library's.</returns>
    /// <exception cref="FormatException">The content is broken, or no ONNX.</exception>
    public static ModelProto? Parse(byte[] content)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(content);
            return model.Graph is null || model.ProducerName != OnnxGraphBuilder.Producer ? null : model;
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new FormatException($"its network cannot be read: {error.Message}", error);
        }
    }

    private static bool IsWeight(TensorProto tensor) =>
        tensor.DataType == (int)TensorProto.Types.DataType.Float
        && (tensor.Name.EndsWith(WeightTable.Weight, StringComparison.Ordinal) || tensor.Name.EndsWith(WeightTable.Bias, StringComparison.Ordinal))
        && tensor.Dims.Aggregate(1L, (product, length) => product * length) * sizeof(float) == tensor.RawData.Length;

    /// <summary>
    /// From w·x + b and the scale γ and shift β of the normalisation within it: the outputs before the shift had the deviation |γ| and the mean 0, so w·x has
    /// the mean β - b and the variance γ². A normalisation by these, scaled by γ and shifted by β, gives w·x + b back, and in training behaves as the
    /// one that was folded.
    /// </summary>
    private static void Unfold(WeightTable table, string name, ReadOnlySpan<float> norm)
    {
        var channels = norm.Length / 2;
        if (table.Find(name + WeightTable.Bias) is not { } bias || bias.Values.Length != channels || norm.Length != 2 * channels)
            throw new FormatException($"the normalisation of '{name}' does not fit its weights");
        var (scale, shift, mean, variance) = (new float[channels], new float[channels], new float[channels], new float[channels]);
        for (var i = 0; i < channels; i++)
        {
            variance[i] = norm[i] * norm[i];
            scale[i] = (float)Math.Sqrt(variance[i] + WeightTable.NormEpsilon);
            shift[i] = norm[channels + i];
            mean[i] = shift[i] - bias.Values[i];
        }
        long[] shape = [channels];
        table[name + WeightTable.NormScale] = new(shape, scale);
        table[name + WeightTable.NormShift] = new(shape, shift);
        table[name + WeightTable.NormMean] = new(shape, mean);
        table[name + WeightTable.NormVariance] = new(shape, variance);
        table[name + WeightTable.Bias] = new(shape, new float[channels]);
    }
}
