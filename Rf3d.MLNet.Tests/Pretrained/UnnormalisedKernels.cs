using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

internal static class UnnormalisedKernels
{
    /// <summary>Names of the kernels of a network that was read for which its file has no batch normalisation: it was folded into them, or they never had one.</summary>
    public static IReadOnlyList<string> Unnormalised(this PretrainedNetwork network) =>
    [
        .. NetworkLayout.Of(network.Network).Layers
            .Where(node => node.Layer is ConvLayer && network.Weights.Find(node.Name + WeightTable.Weight) is not null && network.Weights.Find(node.Name + WeightTable.NormScale) is null)
            .Select(node => node.Name),
    ];
}
