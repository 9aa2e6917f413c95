using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The content of <c>recipe.json</c>: all data that train.py and the import need in addition to the plan.</summary>
internal sealed record TorchrunRecipe
{
    /// <summary>Raised where train.py of an earlier version would read a recipe wrongly.</summary>
    public const int CurrentVersion = 1;

    public static JsonSerializerOptions Json { get; } = new(ConvNetJson.Settings)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required int Version { get; init; }

    /// <summary>Names of the classes, in the order of the logits.</summary>
    public required ImmutableArray<string> Classes { get; init; }

    public required int Seed { get; init; }

    public required ImageResizingEstimator.ResizingKind Resizing { get; init; }

    /// <summary>Height and width that images are resized to, of which the network sees the middle, as large as its input; null where it sees all.</summary>
    public Size2D? Resized { get; init; }

    /// <summary>The colour behind transparent pixels; null where the model has none.</summary>
    public RgbColor? Background { get; init; }

    /// <summary>Whether images are turned upright as the orientation in their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>What the learning rate is multiplied by where train.py chooses it: less than 1 for a pretrained network.</summary>
    public double LearningRateShare { get; init; } = 1;

    /// <summary>The columns of the model.</summary>
    public required TorchrunColumns Columns { get; init; }

    public required TrainingRecipe Training { get; init; }

    /// <param name="options">With batch size and learning rate as asked for.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="seed">Of all random choices.</param>
    public static TorchrunRecipe Of(Rf3dImageClassificationTrainer.Options options, IEnumerable<string> classes, int seed) => new()
    {
        Version = CurrentVersion,
        Classes = [.. classes],
        Seed = seed,
        Resizing = options.Resizing,
        Background = options.Background,
        Columns = new(options.LabelColumnName, options.FeatureColumnName, options.ScoreColumnName, options.PredictedLabelColumnName, options.EmbeddingColumnName),
        Training = options,
    };

    public byte[] ToJson() => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Hash of a file's content, as train.py computes it.</summary>
    public static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <exception cref="FormatException">The content is no recipe, or one of another version. The message does not name the file.</exception>
    public static TorchrunRecipe Parse(byte[] content)
    {
        try
        {
            var recipe = JsonSerializer.Deserialize<TorchrunRecipe>(content, Json) ?? throw new FormatException("it is empty");
            if (recipe.Version != CurrentVersion)
                throw new FormatException($"it has version {recipe.Version}, and this library reads version {CurrentVersion}. Use the version of Rf3d.MLNet that exported the folder");
            return recipe.Classes.Length >= 2 && recipe.Classes.Distinct(StringComparer.Ordinal).Count() == recipe.Classes.Length
                ? recipe
                : throw new FormatException("its 'classes' must be at least two names, all different");
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new FormatException(error.Message.TrimEnd('.'), error);
        }
    }
}

/// <summary>Names of the columns that the model reads and writes, as in <see cref="Rf3dImageClassificationTrainer.Options"/>.</summary>
internal sealed record TorchrunColumns(string Label, string Image, string Score, string PredictedLabel, string? Embedding);
