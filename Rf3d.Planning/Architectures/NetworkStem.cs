namespace Rf3d.Planning;

/// <summary>
/// Finds the stem of a network that comes without one: a first unit of another kind than the second, as in ResNet and MobileNet. Left in its
/// stage it would be the start of the metric, and the unit that the organizer repeats where it shrinks the stage to one unit and extends it again.
/// </summary>
internal static class NetworkStem
{
    public static ConvNet Split(ConvNet network)
    {
        var (first, others) = (network.Stages[0], network.Stages.RemoveAt(0));
        var second = first.Blocks.Length > 1 ? first.Blocks[1] : others.FirstOrDefault()?.Blocks[0];
        if (second is null || IsSameKind(first.Blocks[0], second))
            return network;
        return first.Blocks.Length == 1
            ? network with { Stem = first, Stages = others }
            : network with
            {
                Stem = new Stage { Blocks = [first.Blocks[0]] },
                Stages = others.Insert(0, first with { Blocks = first.Blocks.RemoveAt(0) }),
            };
    }

    /// <summary>Kinds and sizes of kernels make the kind of a unit; filters and strides do not.</summary>
    private static bool IsSameKind(Block one, Block other) =>
        one.Residual == other.Residual && one.Layers.Select(Kind).SequenceEqual(other.Layers.Select(Kind));

    private static (Type Type, Size2D? Size, bool IsGrouped) Kind(Layer layer) =>
        (layer.GetType(), (layer as SpatialConvLayer)?.Size, layer is Convolution { Groups: > 1 });
}
