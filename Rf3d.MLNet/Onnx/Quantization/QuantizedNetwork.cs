using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>A network of <see cref="OnnxWriter"/> that computes with fewer bits: made, and recognised by its metadata.</summary>
internal static class QuantizedNetwork
{
    /// <summary>The key of the description in the metadata.</summary>
    public const string Key = "rf3d.quantization";

    /// <summary>Whether a network computes with fewer bits than it was trained with.</summary>
    public static bool Is(ModelProto model) => model.MetadataProps.Any(entry => entry.Key == Key);

    /// <summary>Adds outputs for values within a graph.</summary>
    /// <param name="model">The graph, as a file's content.</param>
    /// <param name="values">Names of values.</param>
    public static byte[] WithOutputs(byte[] model, IEnumerable<string> values)
    {
        var copy = ModelProto.Parser.ParseFrom(model);
        // Without a shape, which the runtime works out.
        copy.Graph.Output.Add(values.Select(value => new ValueInfoProto
        {
            Name = value,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
        }));
        return copy.ToByteArray();
    }

    /// <summary>The finished network, with its description.</summary>
    public static byte[] Finish(ModelProto model, string description)
    {
        // Scales and shifts to train further from: nothing can start from this network.
        foreach (var entry in model.MetadataProps.Where(entry => OnnxWeights.IsNorm(entry.Key)).ToList())
            model.MetadataProps.Remove(entry);
        model.MetadataProps.Add(new StringStringEntryProto { Key = Key, Value = description });
        return model.ToByteArray();
    }
}
