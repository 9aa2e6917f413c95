using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A kernel's nodes: the convolution, or null where its weights are computed; and the batch normalisation after it.</summary>
internal sealed record OnnxKernel(NodeProto? Convolution)
{
    public NodeProto? BatchNorm { get; set; }
}

/// <summary>A linear layer's constants.</summary>
internal sealed record OnnxLinear(TensorProto Weights, TensorProto? Bias, bool IsTransposed);

/// <summary>
/// Where the parameters of a graph's layers are: filled by the readers of the network in the order in which its layers come, which is the order of <c>NetworkLayout</c>.
/// </summary>
internal sealed class OnnxParameters(OnnxGraph graph)
{
    public OnnxGraph Graph => graph;

    /// <summary>Size of the images that go in, of which the graph may cut out the middle.</summary>
    public Size2D Resized { get; set; }

    /// <summary>Kernels without those of shortcuts.</summary>
    public List<OnnxKernel> Kernels { get; } = [];

    /// <summary>Kernels of shortcuts.</summary>
    public List<OnnxKernel> Projections { get; } = [];

    public List<OnnxLinear> Linears { get; } = [];

    /// <summary>Nodes at the start that normalise the images, and which of their inputs is the images.</summary>
    public List<(NodeProto Node, int Images)> Normalisation { get; } = [];

    public void AddKernel(NodeProto? convolution) => Kernels.Add(new(convolution));

    /// <summary>Belongs to the last kernel.</summary>
    public void AddBatchNorm(NodeProto node) => Kernels[^1].BatchNorm = node;

    public void AddProjection(NodeProto convolution, NodeProto? batchNorm) => Projections.Add(new(convolution) { BatchNorm = batchNorm });

    public void AddLinear(string weights, string? bias, bool isTransposed) =>
        Linears.Add(new(graph.Tensor(weights)!, bias is null ? null : graph.Tensor(bias), isTransposed));

    public void AddNormalisation(NodeProto node, string images) => Normalisation.Add((node, node.Input.IndexOf(images)));
}
