using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The last linear layer of a classifier: one row of weights a class.</summary>
/// <param name="Weights">[classes, features], row by row.</param>
/// <param name="Biases">One for each class.</param>
internal sealed record ClassifierHead(float[] Weights, float[] Biases);

/// <summary>
/// Makes the whole classifier of a backbone that <see cref="OnnxWriter.Backbone"/> wrote: for any number of images instead of one, and with the last layer.
/// It computes the same as the graph that <see cref="OnnxWriter.Classifier"/> writes of the network itself, whose weights a saved model no longer has apart from this graph.
/// </summary>
internal static class OnnxClassifier
{
    private const string FeaturesShape = "features.shape";
    private const string Head = "head.classifier";

    /// <param name="backbone">The backbone.</param>
    /// <param name="head">The last layer.</param>
    /// <param name="metadata">The metadata of the file.</param>
    /// <param name="isOpaque">Whether the classifier reads red, green and blue alone; else it reads the same channels as the backbone.</param>
    /// <param name="directions">[classes, features] of length 1: adds an output with probabilities and, after them, the highest cosine of the features and a direction. Null for none.</param>
    /// <returns>The classifier as a file's content; null when the graph is none of this library's backbones.</returns>
    /// <exception cref="FormatException">The content is broken, or the head is not one for this backbone.</exception>
    public static byte[]? FromBackbone(byte[] backbone, ClassifierHead head, IEnumerable<KeyValuePair<string, string>> metadata, bool isOpaque = true, float[]? directions = null)
    {
        if (OnnxWeights.Parse(backbone) is not { Graph: { Input.Count: 1, Output.Count: 1 } graph } model)
            return null;
        var shape = graph.Initializer.FirstOrDefault(tensor => tensor.Name == FeaturesShape);
        var last = graph.Node.LastOrDefault();
        if (shape is null || shape.RawData.Length != sizeof(long) || last?.OpType != "Reshape" || last.Output[0] != graph.Output[0].Name)
            return null;
        var features = BinaryPrimitives.ReadInt64LittleEndian(shape.RawData.Span);
        if (features * head.Biases.Length != head.Weights.Length)
            throw new FormatException($"its last layer has {head.Weights.Length} weights, its network gives {features} features for {head.Biases.Length} classes");

        if (isOpaque)
            CompositeStep.RemoveFrom(graph);
        RenameInput(graph, OnnxWriter.ImageInput);
        graph.Input[0].Type.TensorType.Shape.Dim[0] = ((OnnxDimension)"batch").ToProto();
        // From one vector of features to one for each image; nothing before it fixes how many images there are.
        graph.Initializer[graph.Initializer.IndexOf(shape)] = Tensor(FeaturesShape, [2], MemoryMarshal.AsBytes<long>([-1, features]), TensorProto.Types.DataType.Int64);
        AppendHead(graph, last.Output[0], head, features);
        if (directions is not null)
            AppendSimilarity(graph, last.Output[0], directions, head.Biases.Length, features);
        model.MetadataProps.Clear();
        model.MetadataProps.AddRange(metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model.ToByteArray();
    }

    private static void RenameInput(GraphProto graph, string name)
    {
        var old = graph.Input[0].Name;
        graph.Input[0].Name = name;
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == old)
                    node.Input[i] = name;
            }
        }
    }

    private static void AppendHead(GraphProto graph, string features, ClassifierHead head, long width)
    {
        var classes = head.Biases.Length;
        graph.Initializer.Add(Tensor(Head + WeightTable.Weight, [classes, width], MemoryMarshal.AsBytes<float>(head.Weights), TensorProto.Types.DataType.Float));
        graph.Initializer.Add(Tensor(Head + WeightTable.Bias, [classes], MemoryMarshal.AsBytes<float>(head.Biases), TensorProto.Types.DataType.Float));
        var gemm = new NodeProto { OpType = "Gemm", Name = OnnxWriter.LogitsOutput };
        gemm.Input.Add([features, Head + WeightTable.Weight, Head + WeightTable.Bias]);
        gemm.Output.Add(OnnxWriter.LogitsOutput);
        gemm.Attribute.Add(new OnnxAttribute("transB", 1).ToProto());
        var softmax = new NodeProto { OpType = "Softmax", Name = OnnxWriter.ProbabilitiesOutput };
        softmax.Input.Add(OnnxWriter.LogitsOutput);
        softmax.Output.Add(OnnxWriter.ProbabilitiesOutput);
        softmax.Attribute.Add(new OnnxAttribute("axis", 1).ToProto());
        graph.Node.Add([gemm, softmax]);

        graph.Output.Clear();
        graph.Output.Add(Output(OnnxWriter.LogitsOutput, classes));
        graph.Output.Add(Output(OnnxWriter.ProbabilitiesOutput, classes));
    }

    private static void AppendSimilarity(GraphProto graph, string features, float[] directions, int classes, long width)
    {
        const string Directions = "directions", Lengths = "directions.normalised", Cosines = "directions.cosines", Highest = "directions.highest";
        graph.Initializer.Add(Tensor(Directions, [classes, width], MemoryMarshal.AsBytes<float>(directions), TensorProto.Types.DataType.Float));
        Add("LpNormalization", [features], Lengths, new("axis", 1), new("p", 2));
        Add("Gemm", [Lengths, Directions], Cosines, new OnnxAttribute("transB", 1));
        Add("ReduceMax", [Cosines], Highest, new OnnxAttribute("axes", [1L]), new OnnxAttribute("keepdims", 1));
        Add("Concat", [OnnxWriter.ProbabilitiesOutput, Highest], OnnxWriter.ScoresOutput, new OnnxAttribute("axis", 1));
        graph.Output.Add(Output(OnnxWriter.ScoresOutput, classes + 1));

        void Add(string type, string[] inputs, string output, params OnnxAttribute[] attributes)
        {
            var node = new NodeProto { OpType = type, Name = output };
            node.Input.Add(inputs);
            node.Output.Add(output);
            node.Attribute.Add(attributes.Select(attribute => attribute.ToProto()));
            graph.Node.Add(node);
        }
    }

    private static ValueInfoProto Output(string name, int classes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add([((OnnxDimension)"batch").ToProto(), ((OnnxDimension)classes).ToProto()]);
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static TensorProto Tensor(string name, long[] dimensions, ReadOnlySpan<byte> data, TensorProto.Types.DataType type)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.Add(dimensions);
        return tensor;
    }
}
