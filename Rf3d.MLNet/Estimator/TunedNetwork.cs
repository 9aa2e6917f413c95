using System.Collections.Immutable;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The network that a fine-tuning trains: the planned one with a batch normalisation in the place of each bias that took one over (<see cref="NormSettlement.Folded"/>). The
/// model has the planned network: when the training is over, the normalisations are folded again.
/// </summary>
/// <param name="planned">The planned network.</param>
internal sealed class TunedNetwork(NetworkLayout planned)
{
    private static readonly string[] Norm = [WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance];

    /// <summary>Names of the layers that get a normalisation.</summary>
    public ImmutableArray<string> Inserted { get; } = [.. NormSettlement.Folded(planned).Select(node => node.Name)];

    /// <summary>The network that is trained.</summary>
    public NetworkLayout Layout { get; } = NetworkLayout.Of(NormSettlement.Insert(planned.Network));

    /// <summary>Its weights, from those of the planned network. The normalisations are yet to be measured.</summary>
    public WeightTable Insert(WeightTable weights) => NormSettlement.Insert(planned, weights);

    /// <summary>The weights of the planned network, from its own.</summary>
    public WeightTable Fold(WeightTable weights)
    {
        var table = weights.Copy();
        foreach (var node in Layout.Layers.Where(node => Inserted.Contains(node.Name)))
        {
            var folded = FoldedConvolution.Of(node, weights);
            var bias = folded.Bias!;
            table[node.Name + WeightTable.Weight] = new(folded.Shape, folded.Weights);
            table[node.Name + WeightTable.Bias] = new([bias.Length], bias);
            foreach (var part in Norm)
                table.Remove(node.Name + part);
        }
        return table;
    }
}
