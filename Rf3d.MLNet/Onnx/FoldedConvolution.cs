using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A kernel's weights as the scoring graph has them: batch normalisation, which is a fixed scale and shift per channel once training is over,
/// folded into weights and bias.
/// </summary>
internal sealed record FoldedConvolution(long[] Shape, float[] Weights, float[]? Bias)
{
    public static FoldedConvolution Of(LayerNode node, WeightTable table)
    {
        var weight = table[node.Name + WeightTable.Weight];
        var layer = (ConvLayer)node.Layer;
        var bias = layer.Bias ? table[node.Name + WeightTable.Bias].Values : null;
        if (!layer.BatchNorm)
            return new(weight.Shape, weight.Values, bias);

        var scale = table[node.Name + WeightTable.NormScale].Values;
        var shift = table[node.Name + WeightTable.NormShift].Values;
        var mean = table[node.Name + WeightTable.NormMean].Values;
        var variance = table[node.Name + WeightTable.NormVariance].Values;
        var perFilter = weight.Values.Length / scale.Length;
        var weights = new float[weight.Values.Length];
        var biases = new float[scale.Length];
        for (var filter = 0; filter < scale.Length; filter++)
        {
            var factor = scale[filter] / Math.Sqrt(variance[filter] + WeightTable.NormEpsilon);
            biases[filter] = (float)((((bias?[filter] ?? 0) - mean[filter]) * factor) + shift[filter]);
            for (var i = filter * perFilter; i < (filter + 1) * perFilter; i++)
                weights[i] = (float)(weight.Values[i] * factor);
        }
        return new(weight.Shape, weights, biases);
    }
}
