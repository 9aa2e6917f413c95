using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>Takes nodes and constants out of a graph that no output depends on.</summary>
internal static class UnusedParts
{
    public static void RemoveFrom(GraphProto graph)
    {
        var used = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<NodeProto>();
        // Backwards: readers come after makers.
        foreach (var node in graph.Node.Reverse().Where(node => node.Output.Any(used.Contains)))
        {
            kept.Add(node);
            used.UnionWith(node.Input);
        }
        kept.Reverse();
        graph.Node.Clear();
        graph.Node.Add(kept);
        graph.Initializer.RemoveAll(tensor => !used.Contains(tensor.Name));
    }
}
