using System.Globalization;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads nodes that compute nothing new: how feature maps become a vector, and how channels are shuffled.</summary>
internal sealed class OnnxReshape(OnnxGraph graph, OnnxShapes shapes, NetworkAssembler network)
{
    /// <returns>The value that the layer makes.</returns>
    public string Read(string name, NodeProto node)
    {
        switch (node.OpType)
        {
            case "ReduceMean":
                Require(name, RunsOverPixels(node), "does not take the mean over height and width, axes 2 and 3, which is supported");
                network.AddGlobalAverage(name);
                if (node.Integer("keepdims", 1) == 0)
                    network.AddFlatten(name);
                break;
            case "Flatten":
                Require(name, node.Integer("axis", 1) is 1 or -3, "does not flatten all but the batch; axis 1 is supported");
                network.AddFlatten(name);
                break;
            case "Squeeze":
                Require(
                    name, network.IsAveraged && RunsOverPixels(node), "does not drop height and width, axes 2 and 3, after global average pooling, which is supported");
                network.AddFlatten(name);
                break;
            default:
                return Reshape(name, node);
        }
        return node.Output[0];
    }

    private string Reshape(string name, NodeProto node)
    {
        var target = shapes.Integers(node.Input(1));
        if (target is [_, > 0, _, _, _] && network.IsInBody)
            return Shuffle(name, node, target);
        var volume = network.IsAveraged ? network.Shape.Channels : network.Shape.Volume;
        var isVector = target is [var batch, var features]
            && (network.IsInBody || network.IsAveraged ? features == -1 || features == volume : features == -1 || batch != -1)
            && (batch is OnnxShapes.Batch or >= 0 || (batch == -1 && features != -1));
        Require(name, isVector, target is null
            ? "reshapes to a shape that is neither constant nor made of the shapes of feature maps"
            : $"reshapes to [{string.Join(", ", target.Select(length => length == OnnxShapes.Batch ? "batch" : length.ToString(CultureInfo.InvariantCulture)))}]. Understood are [batch, -1], and the pair of a channel shuffle");
        network.AddFlatten(name);
        return node.Output[0];
    }

    /// <summary>Reshape to groups, Transpose of groups and their channels, Reshape back.</summary>
    private string Shuffle(string name, NodeProto split, long[] target)
    {
        var maps = network.Shape;
        var groups = ImportedNumber.Count(name, "number of groups", target[1]);
        var swap = Next(split, "Transpose");
        var join = swap is null ? null : Next(swap, "Reshape");
        var back = join is null ? null : shapes.Integers(join.Input(1));
        Require(
            name,
            maps.Channels % groups == 0 && Is(target[2], maps.Channels / groups) && Is(target[3], maps.Height) && Is(target[4], maps.Width)
            && swap?.Integers("perm") is [0, 2, 1, 3, 4] && back is [_, var channels, var height, var width]
            && Is(channels, maps.Channels) && Is(height, maps.Height) && Is(width, maps.Width),
            $"reshapes {maps} maps to 5 dimensions, which is supported in a channel shuffle only: Reshape to [batch, groups, channels / groups, height, width], Transpose by [0, 2, 1, 3, 4], Reshape back");
        if (groups > 1)
            network.AddLayer(name, new ChannelShuffle { Groups = groups });
        return join!.Output[0];

        static bool Is(long said, int length) => said == length || said == -1;
    }

    private NodeProto? Next(NodeProto node, string type) =>
        graph.Readers(node.Output[0]) is [var next] && next.OpType == type && next.Input(0) == node.Output[0] ? next : null;

    /// <summary>Axes are an attribute in older operator sets and an input in newer ones.</summary>
    private bool RunsOverPixels(NodeProto node) =>
        (node.Integers("axes") ?? shapes.Integers(node.Input(1)) ?? []).Select(axis => axis < 0 ? axis + 4 : axis).Order().SequenceEqual([2, 3]);

    private static void Require(string name, bool holds, string problem)
    {
        if (!holds)
            throw NetworkImportException.At(name, problem);
    }
}
