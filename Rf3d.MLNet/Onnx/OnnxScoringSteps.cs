using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>
/// Takes out of a graph of <see cref="OnnxWriter"/> the steps for scoring only: the background behind transparent pixels, and the mean over an image and its mirror image.
/// Only the network is left.
/// </summary>
internal static class OnnxScoringSteps
{
    /// <summary>The node that puts the mirror images behind the images.</summary>
    public const string Both = Mirror + "both";

    // As OnnxWriter names them.
    private const string Mirror = "mirror.";
    private const string Pairs = Mirror + "features";
    private const string Mean = Mirror + "mean";

    private const int ImageDimensions = 4;

    /// <param name="graph">The graph, which is changed. One of another form stays as it is.</param>
    public static void RemoveFrom(GraphProto graph)
    {
        if (graph.Input is not [{ Type.TensorType.Shape.Dim.Count: ImageDimensions }])
            return;
        CompositeStep.RemoveFrom(graph);
        if (Find(Both) is not { Input: [var images, ..] } || Find(Pairs) is not { Input: [var features, ..] } || Find(Mean) is null)
            return;
        Replace(Both, images);
        Replace(Mean, features);
        graph.Node.RemoveAll(node => node.Name.StartsWith(Mirror, StringComparison.Ordinal));

        NodeProto? Find(string name) => graph.Node.FirstOrDefault(node => node.Name == name);

        void Replace(string value, string by)
        {
            foreach (var node in graph.Node)
            {
                for (var i = 0; i < node.Input.Count; i++)
                {
                    if (node.Input[i] == value)
                        node.Input[i] = by;
                }
            }
        }
    }
}
