using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Rf3d.MLNet;

/// <summary>Changes the threshold that a saved model has: a figure of its <see cref="ModelRecord"/>. All else in the file stays as it is.</summary>
internal static class StoredThreshold
{
    private const string Member = "minConfidence";

    /// <param name="content">The .zip. It can be read, written and sought.</param>
    /// <param name="minConfidence">The threshold; 0 for none.</param>
    /// <exception cref="FormatException">The content is no model of this trainer.</exception>
    /// <exception cref="InvalidDataException">The content is damaged.</exception>
    public static void Write(Stream content, float minConfidence)
    {
        SavedModelFile.Check(content);
        if (SavedModelFile.OwnNetwork(content) is not { } own || OnnxWeights.Parse(own.Network) is not { } network || !FeatureMapGraph.MetadataOf(network).ContainsKey(ModelRecord.Key))
            throw new FormatException($"its network has no record of the model ({ModelRecord.Key})");
        var record = network.MetadataProps.Single(entry => entry.Key == ModelRecord.Key);
        _ = ModelRecord.Parse(record.Value);
        // Members of a later version stay in it.
        var json = JsonNode.Parse(record.Value)!.AsObject();
        json[Member] = minConfidence;
        record.Value = json.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        SavedModelFile.ReplaceNetwork(content, network.ToByteArray(), own.Index);
    }
}
