namespace Rf3d.Planning;

/// <summary>
/// Gives a normalisation the mean and the variance that were measured at its place, and a scale and a shift with which it computes the same as before: then
/// training, which normalises by the mean and the variance of the batch, begins from the same function as scoring.
/// </summary>
internal static class NormSettlement
{
    /// <param name="weights">The weights, of which this layer's change.</param>
    /// <param name="layer">The layer, which has a batch normalisation.</param>
    /// <param name="mean">Mean of each channel before the normalisation, the layer's bias included.</param>
    /// <param name="variance">Variance of each channel.</param>
    public static void Settle(WeightTable weights, string layer, IReadOnlyList<float> mean, IReadOnlyList<float> variance)
    {
        var (scale, shift) = (weights[layer + WeightTable.NormScale].Values, weights[layer + WeightTable.NormShift].Values);
        var (oldMean, oldVariance) = (weights[layer + WeightTable.NormMean].Values, weights[layer + WeightTable.NormVariance].Values);
        var channels = scale.Length;
        if (mean.Count != channels || variance.Count != channels)
            throw new ArgumentException($"'{layer}' has {channels} channels; {mean.Count} means and {variance.Count} variances are given.", nameof(mean));
        var (newScale, newShift) = (new float[channels], new float[channels]);
        for (var i = 0; i < channels; i++)
        {
            var factor = scale[i] / Math.Sqrt(oldVariance[i] + WeightTable.NormEpsilon);
            newScale[i] = (float)(factor * Math.Sqrt(variance[i] + WeightTable.NormEpsilon));
            newShift[i] = (float)(shift[i] + ((mean[i] - oldMean[i]) * factor));
        }
        Set(WeightTable.NormScale, newScale);
        Set(WeightTable.NormShift, newShift);
        Set(WeightTable.NormMean, [.. mean]);
        Set(WeightTable.NormVariance, [.. variance]);

        void Set(string part, float[] values) => weights[layer + part] = new([channels], values);
    }

    /// <summary>Kernels that have a bias in the place of a batch normalisation: one was folded into them, or they never had one. They hardly learn as they are.</summary>
    public static IEnumerable<LayerNode> Folded(NetworkLayout layout) => layout.Layers.Where(node => IsFolded(node.Layer));

    /// <summary>A network with a batch normalisation in the place of the bias of each <see cref="Folded"/> kernel. Names and shapes stay the same.</summary>
    /// <param name="network">The network.</param>
    public static ConvNet Insert(ConvNet network) => network with
    {
        Stem = network.Stem is null ? null : Normalised(network.Stem),
        Stages = [.. network.Stages.Select(Normalised)],
    };

    /// <summary>Weights with which the network with normalisations computes the same as the one without. Mean and variance of those normalisations are made up.</summary>
    /// <param name="layout">The network without.</param>
    /// <param name="weights">Its weights.</param>
    public static WeightTable Insert(NetworkLayout layout, WeightTable weights)
    {
        var table = weights.Copy();
        foreach (var name in Folded(layout).Select(node => node.Name))
        {
            // The normalisation's shift takes the bias over, which has no place before it.
            var bias = weights[name + WeightTable.Bias].Values;
            Set(name + WeightTable.NormShift, bias);
            Set(name + WeightTable.NormScale, Filled(bias.Length, (float)Math.Sqrt(1 + WeightTable.NormEpsilon)));
            Set(name + WeightTable.NormMean, new float[bias.Length]);
            Set(name + WeightTable.NormVariance, Filled(bias.Length, 1));
            table.Remove(name + WeightTable.Bias);
        }
        return table;

        void Set(string name, float[] values) => table[name] = new([values.Length], values);
    }

    private static bool IsFolded(Layer layer) => layer is ConvLayer { BatchNorm: false, Bias: true };

    private static Stage Normalised(Stage stage) => stage with
    {
        Blocks = [.. stage.Blocks.Select(block => block with { Layers = [.. block.Layers.Select(WithNorm)] })],
    };

    private static Layer WithNorm(Layer layer) => layer is ConvLayer kernel && IsFolded(kernel) ? kernel with { BatchNorm = true, Bias = false } : layer;

    private static float[] Filled(int count, float value)
    {
        var values = new float[count];
        Array.Fill(values, value);
        return values;
    }
}
