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

    /// <summary>
    /// A network with a batch normalisation after each kernel that had none, and weights with which it computes the same: for networks into whose
    /// convolutions the normalisation was folded, which as they are hardly learn.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <returns>The network, its weights, and the layers that got a normalisation, which are to be measured and settled.</returns>
    public static (ConvNet Network, WeightTable Weights, IReadOnlyList<string> Unsettled) Insert(ConvNet network, WeightTable weights)
    {
        var layout = NetworkLayout.Of(network);
        // A projection has a normalisation in any case, which is made up where the weights have none.
        var unsettled = layout.Layers
            .Where(node => node.Layer is ConvLayer && weights.Find(node.Name + WeightTable.Weight) is not null && weights.Find(node.Name + WeightTable.NormScale) is null)
            .Select(node => node.Name).ToList();
        var table = new WeightTable();
        foreach (var name in weights.Names)
            table[name] = weights[name];
        foreach (var name in unsettled)
        {
            var channels = (int)weights[name + WeightTable.Weight].Shape[0];
            // The normalisation's shift takes the bias over, which has no place before it.
            Set(name + WeightTable.NormShift, weights.Find(name + WeightTable.Bias)?.Values ?? new float[channels]);
            Set(name + WeightTable.NormScale, Filled(channels, (float)Math.Sqrt(1 + WeightTable.NormEpsilon)));
            Set(name + WeightTable.NormMean, new float[channels]);
            Set(name + WeightTable.NormVariance, Filled(channels, 1));
            table.Remove(name + WeightTable.Bias);
        }
        var names = unsettled.ToHashSet(StringComparer.Ordinal);
        var changed = network with
        {
            Stem = layout.Stem is null ? null : Normalised(layout.Stem, names),
            Stages = [.. layout.Stages.Select(stage => Normalised(stage, names))],
        };
        return (changed, table, unsettled);

        void Set(string name, float[] values) => table[name] = new([values.Length], values);
    }

    private static Stage Normalised(StageNode node, HashSet<string> names) => node.Stage with
    {
        Blocks = [.. node.Blocks.Select(block => block.Block with { Layers = [.. block.Layers.Select(layer => Normalised(layer, names))] })],
    };

    private static Layer Normalised(LayerNode node, HashSet<string> names) =>
        node.Layer is ConvLayer layer && names.Contains(node.Name) ? layer with { BatchNorm = true, Bias = false } : node.Layer;

    private static float[] Filled(int count, float value)
    {
        var values = new float[count];
        Array.Fill(values, value);
        return values;
    }
}
