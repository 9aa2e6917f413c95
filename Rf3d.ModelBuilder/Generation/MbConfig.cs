using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>How a training ended, for the history in a .mbconfig file.</summary>
/// <param name="Accuracy">Share of the images that were classified correctly, by the evaluation.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Device">Where it ran.</param>
internal sealed record TrainingOutcome(double Accuracy, double Seconds, string Device);

/// <summary>
/// The .mbconfig files of Model Builder, version 5, image classification. What our trainer knows besides stands in <c>TrainingOption.Rf3d</c>, where Model Builder does not
/// look; a file of Model Builder's own, without it, is trained on with the defaults.
/// </summary>
internal static class MbConfig
{
    private const int Version = 5;
    private const int NoTimeLimit = int.MaxValue;

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private sealed record OwnOptions(
        string Architecture, string Decomposition, string Preset, string Device, int? Epoch, int? BatchSize, int? ImageHeight, int? ImageWidth, bool SkipBadImages, string? TestFolderPath,
        string Precision = nameof(TrainingPrecision.Auto), string ImageStorage = nameof(MLNet.ImageStorage.Auto), int MaxMegapixels = ImageSizeLimit.DefaultMegapixels);

    public static string Write(TrainingRequest request, TrainingOutcome outcome, string modelFile) => Printable.Text(JsonSerializer.Serialize(
        new
        {
            Scenario = "ImageClassification",
            DataSource = new { Type = "Folder", Version = 1, FolderPath = Path.GetFullPath(request.Dataset) },
            Environment = new { Type = outcome.Device.StartsWith("cuda", StringComparison.Ordinal) ? "LocalGPU" : "LocalCPU", Version = 1 },
            RunHistory = new
            {
                Version = 3,
                Type = "Result",
                Trials = new[]
                {
                    new
                    {
                        Version = 1,
                        Type = "Trial",
                        TrainerName = "Rf3dImageClassifier",
                        Score = outcome.Accuracy,
                        RuntimeInSeconds = Math.Round(outcome.Seconds, 1),
                        Parameter = new Dictionary<string, object> { ["_SCHEMA_"] = "e0", ["e0"] = Own(request) },
                    },
                },
                Estimators = new { e0 = "Rf3dImageClassifier" },
                Schema = "e0",
                MetricName = "MicroAccuracy",
                ModelFilePath = modelFile,
            },
            Type = "TrainingConfig",
            Version,
            TrainingOption = new
            {
                Version = 2,
                Type = "ClassificationTrainingOption",
                Subsampling = false,
                TrainingTime = request.TrainTime is { } seconds ? (int)Math.Ceiling(seconds) : NoTimeLimit,
                OptimizeMetric = "MicroAccuracy",
                request.Seed,
                ValidationOption = request.ValidationDataset is { } folder
                    ? (object)new { Version = 0, Type = "FileValidationOption", FilePath = Path.GetFullPath(folder) }
                    : new { Version = 0, Type = "TrainValidationSplitOption", SplitRatio = 0.2 },
                Rf3d = Own(request),
            },
        },
        Format)) + "\n";

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CommandException">The file is damaged, or for something that this tool cannot train.</exception>
    public static TrainingRequest Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw Wrong(path, "it is no JSON object");
            if ((string?)root["Type"] is not (null or "TrainingConfig") || root["Scenario"] is null)
                throw Wrong(path, "it is no training configuration of Model Builder: Scenario is missing");
            if ((string?)root["Scenario"] is not "ImageClassification" and var scenario)
                throw Wrong(path, $"its scenario is {scenario}; rf3d trains ImageClassification");
            if ((int?)root["Version"] is { } version && version != Version)
                throw Wrong(path, $"it has version {version}; rf3d reads version {Version}. Open and save it with a current Model Builder");
            if (root["DataSource"] is not JsonObject source || (string?)source["FolderPath"] is not { Length: > 0 } folder)
                throw Wrong(path, "it names no folder of images (DataSource.FolderPath)");
            var option = root["TrainingOption"] as JsonObject;
            return Request(option, Resolve(path, folder), validation => Resolve(path, validation));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw Wrong(path, $"it cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }

    private static TrainingRequest Request(JsonObject? option, string folder, Func<string, string> resolve)
    {
        var own = option?["Rf3d"].Deserialize<OwnOptions>();
        var time = (int?)option?["TrainingTime"] ?? NoTimeLimit;
        var validation = (string?)option?["ValidationOption"]?["FilePath"];
        var request = new TrainingRequest
        {
            Dataset = folder,
            TrainTime = time is NoTimeLimit or <= 0 ? null : time,
            Seed = (int?)option?["Seed"] ?? 0,
            ValidationDataset = validation is null ? null : resolve(validation),
        };
        if (own is null)
            return request;
        _ = Decomposition.Parse(own.Decomposition);
        return request with
        {
            Architecture = Parse<Architecture>(own.Architecture),
            Decomposition = own.Decomposition,
            Preset = Parse<TrainingPreset>(own.Preset),
            Device = own.Device,
            Epoch = own.Epoch,
            BatchSize = own.BatchSize,
            ImageSize = own is { ImageHeight: { } height, ImageWidth: { } width } ? new Size2D(height, width) : null,
            SkipBadImages = own.SkipBadImages,
            Precision = Parse<TrainingPrecision>(own.Precision),
            ImageStorage = Parse<ImageStorage>(own.ImageStorage),
            MaxMegapixels = own.MaxMegapixels >= 1 ? own.MaxMegapixels : throw new FormatException(Numbers.Text($"MaxMegapixels is {own.MaxMegapixels}; it must be at least 1")),
            TestDataset = own.TestFolderPath is null ? null : resolve(own.TestFolderPath),
        };
    }

    private static OwnOptions Own(TrainingRequest request) => new(
        request.Architecture.ToString(), request.Decomposition, request.Preset.ToString(), request.Device, request.Epoch, request.BatchSize,
        request.ImageSize?.Height, request.ImageSize?.Width, request.SkipBadImages, request.TestDataset is { } test ? Path.GetFullPath(test) : null,
        request.Precision.ToString(), request.ImageStorage.ToString(), request.MaxMegapixels);

    private static T Parse<T>(string name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"there is no {typeof(T).Name} '{name}'"));

    /// <summary>Folders may be given relative to the file.</summary>
    private static string Resolve(string path, string folder) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, folder);

    private static CommandException Wrong(string path, string reason, Exception? inner = null) => new($"'{path}' cannot be used: {reason}.", inner: inner);
}
