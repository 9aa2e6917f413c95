namespace Rf3d.Planning;

/// <summary>Which channels a narrower network keeps.</summary>
internal enum ChannelChoice
{
    /// <summary>
    /// The strongest: of a normalised kernel those with the largest scale (network slimming, Liu et al., ICCV 2017), of another one those with the largest
    /// weights (Li et al., ICLR 2017); where kernels are added up, by the sum over all of them.
    /// </summary>
    Strongest,

    /// <summary>The first ones.</summary>
    First,
}

/// <summary>Chooses channels of a pretrained network by number.</summary>
internal static class KeptChannels
{
    public static int[] All(int count) => [.. Enumerable.Range(0, count)];

    /// <param name="choice">The rule.</param>
    /// <param name="producers">The kernels whose outputs have these channels; one, or several whose outputs are added up.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="planned">Number of channels to keep.</param>
    /// <returns>Numbers of the kept channels, ascending; null where more are planned than there are.</returns>
    public static int[]? Choose(ChannelChoice choice, IReadOnlyList<LayerNode> producers, WeightTable weights, int planned)
    {
        var count = producers[0].Output.Channels;
        if (planned >= count || choice == ChannelChoice.First)
            return planned <= count ? All(planned) : null;
        var strengths = new double[count];
        foreach (var producer in producers)
        {
            var own = Strengths(producer, weights);
            for (var i = 0; i < count; i++)
                strengths[i] += own[i];
        }
        return [.. All(count).OrderByDescending(channel => strengths[channel]).Take(planned).Order()];
    }

    private static double[] Strengths(LayerNode node, WeightTable weights)
    {
        var count = node.Output.Channels;
        if (weights.Find(node.Name + WeightTable.NormScale) is { } scale && scale.Values.Length == count)
            return [.. scale.Values.Select(value => (double)Math.Abs(value))];
        if (weights.Find(node.Name + WeightTable.Weight) is not { } weight || weight.Values.Length % count != 0)
            return new double[count];
        var perFilter = weight.Values.Length / count;
        return [.. All(count).Select(filter => Math.Sqrt(weight.Values.AsSpan(filter * perFilter, perFilter).ToArray().Sum(value => (double)value * value)))];
    }
}
