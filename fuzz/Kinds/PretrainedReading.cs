using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Fuzz;

/// <summary>The requirements on a pretrained network that was read.</summary>
internal static class PretrainedReading
{
    /// <exception cref="WrongResultException">A weight is missing, or has another shape than its layer, or other numbers than its shape says.</exception>
    public static void Require(PretrainedNetwork network)
    {
        foreach (var (name, shape) in WeightShapes.Of(NetworkLayout.Of(network.Network)))
        {
            if (network.Weights.Find(name) is not { } weight)
                continue;
            if (!weight.Shape.SequenceEqual(shape))
                throw new WrongResultException($"{name} is {SafeTensorEntry.Describe(weight.Shape)} and should be {SafeTensorEntry.Describe(shape)}.");
            if (weight.Values.Length != shape.Aggregate(1L, (product, length) => product * length))
                throw new WrongResultException($"{name} has {weight.Values.Length} numbers for {SafeTensorEntry.Describe(shape)}.");
        }
    }
}
