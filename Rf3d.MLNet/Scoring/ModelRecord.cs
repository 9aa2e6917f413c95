using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The description that a saved model has of itself: how its images are prepared, its plan, and how training went. One text in the metadata of the network's ONNX
/// graph, which nothing that scores looks at.
/// </summary>
internal sealed record ModelRecord
{
    /// <summary>The key in the metadata.</summary>
    public const string Key = "rf3d.record";

    /// <summary>Raised where this version of the library could not read a later text correctly; more fields alone do not raise it.</summary>
    public const int CurrentVersion = 1;

    // Losses may be infinite. Members that a later version adds are ignored.
    private static readonly JsonSerializerOptions Json = new(ConvNetJson.Settings)
    {
        WriteIndented = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public int Version { get; init; } = CurrentVersion;

    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>The column of the images.</summary>
    public required string ImageColumnName { get; init; }

    /// <summary>The column of the labels.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The column of the probabilities.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    public required ImageResizingEstimator.ResizingKind Resizing { get; init; }

    /// <summary>Height and width that images are resized to, of which the network sees the middle, as large as its input; null where it sees all.</summary>
    public Size2D? Resized { get; init; }

    /// <summary>
    /// The colour that the graph puts behind transparent pixels: it reads alpha, red, green and blue, the colours multiplied by alpha. Null where it reads red, green and blue, and alpha
    /// changes nothing.
    /// </summary>
    public RgbColor? Background { get; init; }

    public required StoredPlan Plan { get; init; }

    /// <summary>The confidence below which the model answers that it does not know, 0 to 1; 0 for none.</summary>
    public float MinConfidence { get; init; }

    /// <summary>The record of the model in a .zip, whose checksums are compared first; null if it has none.</summary>
    /// <exception cref="FormatException">The content is not a model of ML.NET, or the record is not one.</exception>
    /// <exception cref="InvalidDataException">The content is damaged.</exception>
    public static ModelRecord? In(Stream content)
    {
        SavedModelFile.Check(content);
        return SavedModelFile.OwnNetwork(content) is { } own && FeatureMapGraph.MetadataOf(own.Network)!.GetValueOrDefault(Key) is { } record ? Parse(record) : null;
    }

    /// <summary>Null in a model that was put together before its training.</summary>
    public TrainingHistory? History { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="FormatException">The text is no record, or one of another version.</exception>
    public static ModelRecord Parse(string json)
    {
        try
        {
            using (var document = JsonDocument.Parse(json))
            {
                var version = document.RootElement.GetProperty("version").GetInt32();
                if (version != CurrentVersion)
                    throw new FormatException($"its record has version {version}, and this library reads version {CurrentVersion}. Use the version of Rf3d.MLNet that saved it");
            }
            var record = JsonSerializer.Deserialize<ModelRecord>(json, Json) ?? throw new FormatException("its record is empty");
            // Members of arrays may be null whatever their type says.
            return record.Classes.IsDefault || record.Classes.Any(name => name is null) ? throw new FormatException("its record has no name for a class") : record;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw new FormatException($"its record cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }
}
