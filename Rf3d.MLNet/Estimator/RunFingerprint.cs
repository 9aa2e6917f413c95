using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Options, network and data of a training by name, as texts: where two trainings have the same, one can take up the other.</summary>
internal static class RunFingerprint
{
    public const string Seed = nameof(TrainerOptions.Seed);

    // Options that no weight depends on, and those that the entries for network and data contain.
    private static readonly HashSet<string> LeftOut =
    [
        nameof(TrainerOptions.MetricsCallback), nameof(TrainerOptions.CancellationToken), nameof(TrainerOptions.Device), nameof(TrainerOptions.Deterministic),
        nameof(TrainerOptions.CheckpointDirectory), nameof(TrainerOptions.CheckpointMinutes),
        nameof(TrainerOptions.ScoreColumnName), nameof(TrainerOptions.PredictedLabelColumnName), nameof(TrainerOptions.EmbeddingColumnName),
        nameof(TrainerOptions.LabelColumnName), nameof(TrainerOptions.FeatureColumnName), nameof(TrainerOptions.ValidationSet), nameof(TrainerOptions.RefitOnValidationSet),
        nameof(TrainerOptions.ImageStorage), nameof(TrainerOptions.MaxImageMemory), nameof(TrainerOptions.ImageCacheDirectory),
        nameof(TrainerOptions.Network), nameof(TrainerOptions.ImageHeight), nameof(TrainerOptions.ImageWidth), Seed, nameof(TrainerOptions.CalibrateProbabilities),
    ];

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <param name="options">The options. Those that come later are compared by themselves, unless they are left out above.</param>
    /// <param name="plan">The plan, of which the network counts.</param>
    /// <param name="seed">The seed that is used.</param>
    /// <param name="images">The training data, with the images held out of it.</param>
    /// <param name="held">The validation data of its own, or null.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="pretrained">Hash of the pretrained network's file, or of the model that is continued: a file of the same name may be another one by now. Null for none.</param>
    /// <param name="normalisation">By which images are normalised.</param>
    public static IReadOnlyDictionary<string, string> Of(
        TrainerOptions options, NetworkPlan plan, int seed, ImageSet images, ImageSet? held, IEnumerable<string> classes, string? pretrained, ChannelStatistics normalisation)
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal)
        {
            [Seed] = seed.ToString(CultureInfo.InvariantCulture),
            ["the planned network"] = string.Create(
                CultureInfo.InvariantCulture,
                $"{plan.Optimized.Name} for {plan.Optimized.Input} ({plan.OptimizedCost.Parameters:#,0} parameters, {Short(SHA256.HashData(Encoding.UTF8.GetBytes(ConvNetJson.Write(plan.Optimized))))})"),
            ["the training images"] = Describe(images),
            ["the validation images"] = held is null ? "part of the training images" : Describe(held),
            ["the classes"] = Names(classes),
        };
        if (pretrained is not null)
        {
            entries[options.ContinueFrom is null ? "the file of the pretrained network" : "the model that is continued"] = pretrained;
            // A file beside that of the weights may say it. Without a pretrained network it follows from the options or from the images.
            entries["the normalisation"] = Describe(normalisation);
        }
        // Memory and cache come to the same weights.
        if (images.Store is StreamedImageStore)
            entries[nameof(TrainerOptions.ImageStorage)] = nameof(ImageStorage.Stream);
        AddOptions(entries, options);
        return entries;
    }

    /// <summary>The options alone, without those that no weight depends on and those that the entries for network and data contain.</summary>
    public static IReadOnlyDictionary<string, string> OfOptions(TrainerOptions options)
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal);
        AddOptions(entries, options);
        return entries;
    }

    private static void AddOptions(SortedDictionary<string, string> entries, TrainerOptions options)
    {
        foreach (var property in typeof(TrainerOptions).GetProperties().Where(property => !LeftOut.Contains(property.Name)))
            Add(entries, property.Name, JsonSerializer.SerializeToNode(property.GetValue(options), property.PropertyType, Json));
    }

    /// <summary>The value of an option in a checkpoint; null where there is none.</summary>
    public static T? ValueOf<T>(CheckpointOrigin? checkpoint, string option)
        where T : struct =>
        checkpoint?.Fingerprint.TryGetValue(option, out var text) is true ? JsonSerializer.Deserialize<T>(text, Json) : null;

    /// <summary>Whether a training streams its images, and so has them in an order of its own.</summary>
    /// <param name="fingerprint">Of the training.</param>
    public static bool IsOfStream(IReadOnlyDictionary<string, string> fingerprint) => fingerprint.ContainsKey(nameof(TrainerOptions.ImageStorage));

    // Options within options by their own names, as in Organizer.Threshold.
    private static void Add(SortedDictionary<string, string> entries, string name, JsonNode? value)
    {
        if (value is JsonObject members)
        {
            foreach (var (member, inner) in members)
                Add(entries, $"{name}.{member}", inner);
        }
        else if (value is not null)
        {
            entries[name] = value.ToJsonString();
        }
    }

    private static string Names(IEnumerable<string> classes)
    {
        var names = classes.ToList();
        var all = string.Join(", ", names.Select(name => $"'{name}'"));
        return all.Length <= 100 ? all : $"{names.Count} classes from '{names[0]}' to '{names[^1]}' ({Short(SHA256.HashData(Encoding.UTF8.GetBytes(all)))})";
    }

    private static string Describe(ImageSet images) =>
        string.Create(CultureInfo.InvariantCulture, $"{images.Count} of {images.Height}x{images.Width} ({Short(images.Index.Hash())})");

    /// <summary>The figures by which images are normalised; a mean image by its hash.</summary>
    public static string Describe(ChannelStatistics normalisation)
    {
        var mean = normalisation.MeanImage is { } image ? $"mean image {Short(SHA256.HashData(MemoryMarshal.AsBytes(image.AsSpan())))}" : $"mean {Figures(normalisation.Mean)}";
        return $"{mean} and deviation {Figures(normalisation.StandardDeviation)}";

        static string Figures(float[] channels) => string.Join('/', channels.Select(value => value.ToString("G6", CultureInfo.InvariantCulture)));
    }

    private static string Short(byte[] hash) => Convert.ToHexStringLower(hash)[..16];
}
