namespace Rf3d.Planning;

/// <summary>
/// Weights of one network for another: each layer takes over the weights that the source has under its name, if the shapes are the same, as a whole or not at all.
/// </summary>
/// <param name="Weights">The weights to start from.</param>
/// <param name="Matched">Layers that took over their weights.</param>
/// <param name="Unmatched">Layers that start new, each with the reason.</param>
/// <param name="Unused">Layers of the source that no layer asked for.</param>
internal sealed record WeightMatch(WeightTable Weights, IReadOnlyList<string> Matched, IReadOnlyList<string> Unmatched, IReadOnlyList<string> Unused)
{
    private static readonly string[] Norm = [WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance];

    /// <param name="layout">The network.</param>
    /// <param name="drawn">Its own weights, which layers without a match keep.</param>
    /// <param name="source">Where the others come from, by the names of the weight table.</param>
    /// <param name="withoutShortcut">Layers whose weights in the source, if they fit, were learned with an identity branch that the layer here lacks.</param>
    public static WeightMatch Of(NetworkLayout layout, WeightTable drawn, WeightTable source, IReadOnlySet<string>? withoutShortcut = null)
    {
        var weights = new WeightTable();
        foreach (var name in drawn.Names)
            weights[name] = drawn[name];
        List<string> matched = [];
        List<string> unmatched = [];
        var layers = layout.Layers.Where(node => node.Layer is ConvLayer).Select(node => (node.Name, Norm: ((ConvLayer)node.Layer).BatchNorm))
            .Concat(layout.Linears.Select(node => (node.Name, Norm: false)))
            .ToList();
        foreach (var (name, norm) in layers)
        {
            var problem = Problem(name, norm, drawn, source);
            if (problem is null && withoutShortcut?.Contains(name) == true)
                problem = "learned with a shortcut in the source, which a residual block has no place for";
            if (problem is not null)
            {
                unmatched.Add($"{name} ({problem})");
                continue;
            }
            matched.Add(name);
            Take(name, norm, weights, source);
        }
        var asked = layers.Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal);
        var unused = source.Names.Where(name => name.EndsWith(WeightTable.Weight, StringComparison.Ordinal))
            .Select(name => name[..^WeightTable.Weight.Length])
            .Where(name => !asked.Contains(name));
        return new(weights, matched, unmatched, [.. unused]);
    }

    /// <summary>Why a layer cannot take over the source's weights; null when it can.</summary>
    private static string? Problem(string name, bool norm, WeightTable drawn, WeightTable source)
    {
        var own = drawn[name + WeightTable.Weight];
        if (source.Find(name + WeightTable.Weight) is not { } weight)
            return "not in the source";
        if (!Trimmed(own.Shape).SequenceEqual(Trimmed(weight.Shape)))
            return $"{Text(own.Shape)} here, {Text(weight.Shape)} in the source";
        string[] others = norm ? [WeightTable.Bias, .. Norm] : [WeightTable.Bias];
        if (others.Any(part => source.Find(name + part) is { } tensor && tensor.Values.Length != own.Shape[0]))
            return "the source's numbers of channels contradict each other";
        var hasNorm = source.Find(name + WeightTable.NormScale) is not null;
        if (hasNorm && Norm.Any(part => source.Find(name + part) is null))
            return "the source lacks a part of its batch normalisation";
        if (hasNorm && !norm)
            return "the source has batch normalisation, which this network has not";
        return !norm && drawn.Find(name + WeightTable.Bias) is null && source.Find(name + WeightTable.Bias) is not null ? "the source has a bias, which this network has not" : null;
    }

    private static void Take(string name, bool norm, WeightTable weights, WeightTable source)
    {
        var own = weights[name + WeightTable.Weight];
        weights[name + WeightTable.Weight] = own with { Values = source[name + WeightTable.Weight].Values };
        var bias = source.Find(name + WeightTable.Bias)?.Values ?? new float[own.Shape[0]];
        var hasBias = weights.Find(name + WeightTable.Bias) is not null;
        if (hasBias)
            Set(WeightTable.Bias, bias);
        if (!norm)
            return;
        if (source.Find(name + WeightTable.NormScale) is not null)
        {
            foreach (var part in Norm)
                Set(part, source[name + part].Values);
            // A bias that has no place here is subtracted from the mean, which is subtracted next.
            if (!hasBias && source.Find(name + WeightTable.Bias) is not null)
                Set(WeightTable.NormMean, [.. source[name + WeightTable.NormMean].Values.Zip(bias, (mean, added) => mean - added)]);
            return;
        }
        // A source without batch normalisation: one that changes nothing, with the bias as its shift where there is no other place for it.
        Set(WeightTable.NormScale, Filled((float)Math.Sqrt(1 + WeightTable.NormEpsilon)));
        Set(WeightTable.NormShift, hasBias ? Filled(0) : bias);
        Set(WeightTable.NormMean, Filled(0));
        Set(WeightTable.NormVariance, Filled(1));

        void Set(string part, float[] values) => weights[name + part] = new([values.Length], values);

        float[] Filled(float value)
        {
            var values = new float[own.Shape[0]];
            Array.Fill(values, value);
            return values;
        }
    }

    // A 1×1 kernel may be written as a matrix.
    private static long[] Trimmed(long[] shape) => shape.Length == 4 && shape[2] == 1 && shape[3] == 1 ? shape[..2] : shape;

    private static string Text(long[] shape) => string.Join('x', shape);
}
