using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// Cuts networks in two before a stage, so that the stages before it need run only once. The second half is a network of its own, whose first stage is the one
/// that was cut before.
/// </summary>
internal static class NetworkTail
{
    /// <summary>The number of stages, from the first on, in which a planned network computes the same as the pretrained one: they have kept units and added ones that are the identity.</summary>
    public static int UnchangedStages(NetworkLayout planned, PlannedWeights weights)
    {
        var changed = weights.Trace.Where(layer => layer.Origin is LayerOrigin.New or LayerOrigin.Dropped).Select(layer => layer.Name.Split('.')[0]).ToHashSet(StringComparer.Ordinal);
        return changed.Contains("stem") ? 0 : planned.Stages.TakeWhile(stage => !changed.Contains(stage.Name)).Count();
    }

    /// <summary>Stem and the first stages, without a head; null for none of them.</summary>
    public static ConvNet? First(ConvNet network, int stages) => stages == 0 ? null : network with { Stages = network.Stages[..stages], Head = null };

    /// <summary>The stages after the first ones, without a head; with the stem where there is nothing before it.</summary>
    public static ConvNet Rest(ConvNet network, int stages, TensorShape input) => stages == 0
        ? network with { Head = null }
        : network with { Input = input, Stem = null, Stages = network.Stages[stages..], Head = null };

    /// <summary>The weights of the second half, by its names.</summary>
    public static WeightTable Rest(WeightTable weights, int stages) => Renumbered(weights, stages);

    /// <summary>A whole network's weights with those of its second half put in.</summary>
    public static WeightTable Joined(WeightTable weights, WeightTable rest, int stages)
    {
        var joined = new WeightTable();
        var own = Renumbered(rest, -stages);
        foreach (var name in weights.Names)
            joined[name] = own.Find(name) ?? weights[name];
        return joined;
    }

    private static WeightTable Renumbered(WeightTable weights, int down)
    {
        var table = new WeightTable();
        foreach (var name in weights.Names)
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (down == 0)
                table[name] = weights[name];
            else if (name.StartsWith("stage", StringComparison.Ordinal) && int.Parse(name.AsSpan(5, dot - 5), CultureInfo.InvariantCulture) - down is > 0 and var number)
                table[string.Create(CultureInfo.InvariantCulture, $"stage{number}{name[dot..]}")] = weights[name];
        }
        return table;
    }
}
