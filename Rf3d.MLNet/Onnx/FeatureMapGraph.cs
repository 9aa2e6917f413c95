using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A backbone of <see cref="OnnxWriter"/> with one output more: the last feature map, before the vector that the last linear layer sees is made of it.
/// </summary>
/// <param name="Model">The graph; its first output is the vector of features.</param>
/// <param name="Input">Name of the input, [1, channels, height, width].</param>
/// <param name="Features">Name of the output [features].</param>
/// <param name="Map">Name of the output [1, channels, height, width]; of two maps, the second that of the mirror image, where the network scores both.</param>
/// <param name="Pooling">How the vector is made of the map.</param>
/// <param name="Height">Height of the images, in pixels.</param>
/// <param name="Width">Width of the images, in pixels.</param>
internal sealed record FeatureMapGraph(
    byte[] Model, string Input, string Features, string Map, HeadPooling Pooling, int Height, int Width)
{
    /// <returns>Null when the graph is none of this library's backbones.</returns>
    /// <exception cref="FormatException">The content is broken, or no ONNX.</exception>
    /// <exception cref="NotSupportedException">Hidden layers stand between the map and the last linear layer.</exception>
    public static FeatureMapGraph? Of(byte[] backbone)
    {
        if (OnnxWeights.Parse(backbone) is not { Graph: var graph } model)
            return null;
        var (vector, pool) = (Node(OnnxWriter.VectorNode), Node(OnnxWriter.PoolNode));
        if (vector is null || graph.Input.Count != 1 || graph.Output.Count != 1)
            return null;
        if (graph.Node.Any(node => node.OpType == "Gemm"))
        {
            throw new NotSupportedException(
                "The network has hidden layers between its last feature map and its classes. A class is then no weighted sum of feature maps, and there is no exact class-activation map. Networks whose Head has no HiddenLayers have one.");
        }

        var (map, size) = ((pool ?? vector).Input[0], graph.Input[0].Type.TensorType.Shape.Dim);
        graph.Output.Add(new ValueInfoProto
        {
            Name = map,
            // Without a shape, which the runtime works out.
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
        });
        return new(
            model.ToByteArray(),
            graph.Input[0].Name,
            graph.Output[0].Name,
            map,
            pool is null ? HeadPooling.Flatten : HeadPooling.GlobalAverage,
            (int)size[2].DimValue,
            (int)size[3].DimValue);

        NodeProto? Node(string name) => graph.Node.FirstOrDefault(node => node.Name == name);
    }

    /// <summary>The texts that travel with one of this library's networks.</summary>
    /// <returns>Null when the graph is none of this library's.</returns>
    /// <exception cref="FormatException">The content is broken, or no ONNX, or has two texts of one name.</exception>
    public static IReadOnlyDictionary<string, string>? MetadataOf(byte[] network) => OnnxWeights.Parse(network) is { } model ? MetadataOf(model) : null;

    /// <summary>The texts that travel with a network.</summary>
    /// <exception cref="FormatException">There are two of one name.</exception>
    public static IReadOnlyDictionary<string, string> MetadataOf(ModelProto model)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in model.MetadataProps)
        {
            if (!texts.TryAdd(entry.Key, entry.Value))
                throw new FormatException($"its network has two texts of the name '{entry.Key}'");
        }
        return texts;
    }
}
