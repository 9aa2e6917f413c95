using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>
/// The weights that a planned network starts from when it was planned from a pretrained one. Layers are found by stage and unit: of a shortened stage the last units
/// are gone, of a lengthened one those at its end are new, and begin as the identity where that can be.
/// </summary>
/// <param name="Weights">The weights of all layers.</param>
/// <param name="Trace">Each layer of the planned network in its order, then the layers that were dropped.</param>
/// <param name="Unsettled">
/// Layers whose normalisation has a made-up mean and variance, because they hand their input on or came without one: exact in scoring, and to be measured before a
/// training that normalises by batches (<see cref="NormSettlement"/>).
/// </param>
internal sealed record PlannedWeights(WeightTable Weights, ImmutableArray<LayerTransfer> Trace, ImmutableArray<string> Unsettled)
{
    /// <summary>Whether the last maps have as many channels as those of the pretrained network, so that both can be compared.</summary>
    public bool HasSameFeatures { get; private init; }

    /// <summary>Learned numbers of the planned network that come from the pretrained one.</summary>
    public long KeptParameters => Sum(LayerOrigin.Kept);

    /// <summary>Learned numbers of the planned network.</summary>
    public long Parameters => KeptParameters + Sum(LayerOrigin.Identity) + Sum(LayerOrigin.New);

    /// <summary>Share of the planned network's learned numbers that come from the pretrained one, 0 to 1.</summary>
    public double KeptShare => Parameters == 0 ? 0 : (double)KeptParameters / Parameters;

    /// <param name="source">The pretrained network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="planned">The planned network.</param>
    /// <param name="drawn">Weights drawn for it, which layers without another origin keep.</param>
    public static PlannedWeights Of(NetworkLayout source, WeightTable weights, NetworkLayout planned, WeightTable drawn)
    {
        var start = new WeightTable();
        foreach (var name in drawn.Names)
            start[name] = drawn[name];
        var (added, unsettled) = AddIdentities(source, planned, start);
        var named = SourceWeights.Of(source, weights, planned);
        var match = WeightMatch.Of(planned, start, named.Weights);
        return new(match.Weights, [.. Planned(planned, match, named, added), .. Dropped(source, weights, named, match)], [.. unsettled, .. Unmeasured(planned, match)])
        {
            HasSameFeatures = planned.Stages[^1].Output.Channels == source.Stages[^1].Output.Channels,
        };
    }

    /// <summary>Units that the source lacks become the identity where they can.</summary>
    /// <returns>Their layers, with the reason where they cannot; and the layers whose normalisations are made up.</returns>
    private static (Dictionary<string, string?> Added, ImmutableArray<string> Unsettled) AddIdentities(NetworkLayout source, NetworkLayout planned, WeightTable start)
    {
        Dictionary<string, string?> added = new(StringComparer.Ordinal);
        var unsettled = ImmutableArray.CreateBuilder<string>();
        var known = source.Body.SelectMany(stage => stage.Blocks).Select(block => block.Name).ToHashSet(StringComparer.Ordinal);
        var range = ValueRange.Any;
        foreach (var block in planned.Body.SelectMany(stage => stage.Blocks))
        {
            if (!known.Contains(block.Name))
            {
                var problem = IdentityBlock.Problem(block, range);
                foreach (var layer in block.Layers)
                    added[layer.Name] = problem;
                if (problem is null)
                {
                    IdentityBlock.Set(block, start);
                    unsettled.AddRange(block.Block.Residual ? [] : block.Layers.Where(layer => layer.Layer is ConvLayer { BatchNorm: true }).Select(layer => layer.Name));
                }
            }
            range = ValueRanges.After(block.Block, range);
        }
        return (added, unsettled.ToImmutable());
    }

    /// <summary>
    /// Layers that took over weights without a normalisation, as the projections of a file into which it is folded, or those of a model whose normalisation was made up already: a measured
    /// one does not have the mean 0 in all channels.
    /// </summary>
    private static IEnumerable<string> Unmeasured(NetworkLayout planned, WeightMatch match)
    {
        var matched = match.Matched.ToHashSet(StringComparer.Ordinal);
        return planned.Layers.Where(node => node.Layer is ConvLayer { BatchNorm: true } && matched.Contains(node.Name)).Select(node => node.Name)
            .Where(name => Array.TrueForAll(match.Weights[name + WeightTable.NormMean].Values, mean => mean == 0));
    }

    private static IEnumerable<LayerTransfer> Planned(NetworkLayout planned, WeightMatch match, SourceWeights named, Dictionary<string, string?> added)
    {
        var matched = match.Matched.ToHashSet(StringComparer.Ordinal);
        var reasons = match.Unmatched.Select(text => text.Split(" (", 2)).ToDictionary(parts => parts[0], parts => parts[1].TrimEnd(')'), StringComparer.Ordinal);
        foreach (var name in planned.Layers.Where(node => node.Layer is ConvLayer).Select(node => node.Name).Concat(planned.Linears.Select(node => node.Name)))
        {
            var parameters = Count(match.Weights, name);
            if (matched.Contains(name))
                yield return new(name, LayerOrigin.Kept, parameters, named.Pooled.GetValueOrDefault(name));
            else if (added.TryGetValue(name, out var problem))
                yield return problem is null ? new(name, LayerOrigin.Identity, parameters) : new(name, LayerOrigin.New, parameters, $"added; cannot begin as the identity: {problem}");
            else
                yield return new(name, LayerOrigin.New, parameters, named.Replaced.Contains(name) ? "the pretrained network has other kernels here" : reasons.GetValueOrDefault(name));
        }
    }

    private static IEnumerable<LayerTransfer> Dropped(NetworkLayout source, WeightTable weights, SourceWeights named, WeightMatch match)
    {
        var used = match.Matched.Select(name => named.Origins[name]).ToHashSet(StringComparer.Ordinal);
        return source.Layers.Where(node => node.Layer is ConvLayer).Select(node => node.Name).Concat(source.Linears.Select(node => node.Name))
            .Where(name => !used.Contains(name) && weights.Find(name + WeightTable.Weight) is not null)
            .Select(name => new LayerTransfer(name, LayerOrigin.Dropped, Count(weights, name)));
    }

    private static long Count(WeightTable weights, string name) =>
        new[] { WeightTable.Weight, WeightTable.Bias, WeightTable.NormScale, WeightTable.NormShift }.Sum(part => (long)(weights.Find(name + part)?.Values.Length ?? 0));

    private long Sum(LayerOrigin origin) => Trace.Where(layer => layer.Origin == origin).Sum(layer => layer.Parameters);
}
