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
/// <param name="History">How training went: where it ran, and the values chosen for it.</param>
internal sealed record TrainingOutcome(double Accuracy, double Seconds, TrainingHistory History);

/// <summary>
/// The .mbconfig files of Model Builder, version 5, image classification. Further settings of this trainer are in <c>TrainingOption.Rf3d</c>, where Model Builder does not
/// look; a file of Model Builder's own, without it, is trained on with the defaults.
/// </summary>
internal static class MbConfig
{
    private const int Version = 5;
    private const int NoTimeLimit = int.MaxValue;
    private const string ImageHeight = nameof(ImageHeight);
    private const string ImageWidth = nameof(ImageWidth);
    private const string TestFolderPath = nameof(TestFolderPath);
    private const string LabelsPath = nameof(LabelsPath);
    private const string ExcludePath = nameof(ExcludePath);

    private static readonly LabelTable NoTable = new(null, null, null);

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(TrainingRequest request, TrainingOutcome outcome, string modelFile) => Printable.Text(JsonSerializer.Serialize(
        new
        {
            Scenario = "ImageClassification",
            DataSource = new { Type = "Folder", Version = 1, FolderPath = Path.GetFullPath(request.Dataset) },
            Environment = new { Type = outcome.History.Device.StartsWith("cuda", StringComparison.Ordinal) ? "LocalGPU" : "LocalCPU", Version = 1 },
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
                        Parameter = new Dictionary<string, object> { ["_SCHEMA_"] = "e0", ["e0"] = Trained(request, outcome) },
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
                    : new { Version = 0, Type = "TrainValidationSplitOption", SplitRatio = request.ValidationFraction },
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
            var root = ConfigNode.Parse(File.ReadAllText(path));
            if (root.Text("Type") is not (null or "TrainingConfig") || root.Text("Scenario") is not { } scenario)
                throw Wrong(path, "it is no training configuration of Model Builder: Scenario is missing");
            if (scenario != "ImageClassification")
                throw Wrong(path, $"its scenario is {scenario}; rf3d trains ImageClassification");
            if (root.Whole("Version") is { } version && version != Version)
                throw Wrong(path, $"it has version {version}; rf3d reads version {Version}. Open and save it with a current Model Builder");
            if (root.Object("DataSource")?.Text("FolderPath") is not { Length: > 0 } folder)
                throw Wrong(path, "it names no folder of images (DataSource.FolderPath)");
            return Request(root.Object("TrainingOption"), Resolve(path, folder), validation => Resolve(path, validation));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw Wrong(path, $"it cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }

    private static TrainingRequest Request(ConfigNode? option, string folder, Func<string, string> resolve)
    {
        var time = option?.Whole("TrainingTime") ?? NoTimeLimit;
        var held = option?.Object("ValidationOption");
        var validation = held?.Text("FilePath");
        var request = new TrainingRequest
        {
            Dataset = folder,
            TrainTime = time is NoTimeLimit or <= 0 ? null : time,
            Seed = option?.Whole("Seed") ?? 0,
            ValidationDataset = validation is null ? null : resolve(validation),
            ValidationFraction = Fraction(held?.Number("SplitRatio")),
        };
        return option?.Object("Rf3d") is { } own ? Own(request, own.Json, resolve) : request;
    }

    /// <summary>Members that are not in the file have their default values.</summary>
    private static TrainingRequest Own(TrainingRequest request, JsonObject own, Func<string, string> resolve)
    {
        var rows = TrainingOptionTable.All.ToDictionary(row => row.Member);
        Dictionary<TrainingOption, object> chosen = [];
        foreach (var (name, node) in own)
        {
            try
            {
                if (rows.TryGetValue(name, out var row))
                    chosen[row] = row.Located(OptionValues.FromJson(row.Type, node), resolve);
                else
                    request = Set(request, name, node, own, resolve);
            }
            catch (Exception error) when (error is FormatException or InvalidOperationException)
            {
                throw new FormatException($"TrainingOption.Rf3d.{name} is {node?.ToJsonString() ?? "null"}; {error.Message.TrimEnd('.')}", error);
            }
        }
        // In the order of the table, whatever the file's.
        return request with { Chosen = [.. TrainingOptionTable.All.Where(chosen.ContainsKey).Select(row => new OptionValue(row, chosen[row]))] };
    }

    private static TrainingRequest Set(TrainingRequest request, string name, JsonNode? node, JsonObject own, Func<string, string> resolve) => name switch
    {
        nameof(TrainingRequest.Preset) => request with { Preset = (TrainingPreset)OptionValues.FromJson(typeof(TrainingPreset), node) },
        ImageHeight => request with { ImageSize = new Size2D(Size(node), Size(own[ImageWidth] ?? throw new FormatException("ImageHeight and ImageWidth go together"))) },
        ImageWidth when own[ImageHeight] is not null => request,
        nameof(TrainingRequest.SkipBadImages) => request with { SkipBadImages = (bool)OptionValues.FromJson(typeof(bool), node) },
        nameof(TrainingRequest.MaxMegapixels) => request with { MaxMegapixels = (int)OptionValues.FromJson(typeof(int), node) is >= 1 and var most ? most : throw new FormatException("it must be at least 1") },
        nameof(TrainingRequest.ApplyOrientation) => request with { ApplyOrientation = (bool)OptionValues.FromJson(typeof(bool), node) },
        LabelsPath => request with { Labels = (request.Labels ?? NoTable) with { File = TextOrNull(node) is { } file ? resolve(file) : null } },
        nameof(LabelTable.PathColumn) => request with { Labels = (request.Labels ?? NoTable) with { PathColumn = TextOrNull(node) } },
        nameof(LabelTable.LabelColumn) => request with { Labels = (request.Labels ?? NoTable) with { LabelColumn = TextOrNull(node) } },
        ExcludePath => request with { Exclude = resolve((string)OptionValues.FromJson(typeof(string), node)) },
        TestFolderPath => request with { TestDataset = resolve((string)OptionValues.FromJson(typeof(string), node)) },
        _ => throw new FormatException("there is no such option"),
    };

    private static string? TextOrNull(JsonNode? node) => node is null ? null : (string)OptionValues.FromJson(typeof(string), node);

    private static int Size(JsonNode? node) =>
        (int)OptionValues.FromJson(typeof(int), node) is >= 1 and <= 4096 and var size ? size : throw new FormatException("it must be from 1 to 4096");

    private static double Fraction(double? ratio) => ratio switch
    {
        null => TrainingRequest.DefaultValidationFraction,
        > 0 and < 1 => ratio.Value,
        _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"SplitRatio is {ratio}; it must be above 0 and below 1")),
    };

    private static JsonObject Own(TrainingRequest request)
    {
        var own = new JsonObject { [nameof(TrainingRequest.Preset)] = request.Preset.ToString() };
        foreach (var (option, value) in request.Chosen)
            own[option.Member] = OptionValues.Json(value);
        if (request.ImageSize is { } size)
            (own[ImageHeight], own[ImageWidth]) = (size.Height, size.Width);
        if (request.Labels is { } labels)
            (own[LabelsPath], own[nameof(LabelTable.PathColumn)], own[nameof(LabelTable.LabelColumn)]) = (labels.File is { } file ? Path.GetFullPath(file) : null, labels.PathColumn, labels.LabelColumn);
        own[nameof(TrainingRequest.SkipBadImages)] = request.SkipBadImages;
        own[nameof(TrainingRequest.MaxMegapixels)] = request.MaxMegapixels;
        own[nameof(TrainingRequest.ApplyOrientation)] = request.ApplyOrientation;
        if (request.Exclude is { } exclude)
            own[ExcludePath] = Path.GetFullPath(exclude);
        if (request.TestDataset is { } test)
            own[TestFolderPath] = Path.GetFullPath(test);
        return own;
    }

    /// <summary>The request, with the values that were chosen automatically.</summary>
    private static JsonObject Trained(TrainingRequest request, TrainingOutcome outcome)
    {
        var trained = Own(request);
        if (outcome.History.Pretrained is { } origin)
        {
            trained[nameof(Rf3dImageClassificationTrainer.Options.Pretrained)] = origin.Name;
            trained[nameof(TrainingRecipe.Adaptation)] = origin.Adaptation.ToString();
        }
        trained[nameof(TrainingRecipe.BatchSize)] = outcome.History.BatchSize;
        trained[nameof(TrainingRecipe.LearningRate)] = outcome.History.LearningRate;
        trained[nameof(TrainingRecipe.Precision)] = outcome.History.Precision.ToString();
        if (outcome.History.Epochs is [{ EpochCount: var epochs }, ..])
            trained[nameof(TrainingRecipe.Epoch)] = epochs;
        return trained;
    }

    /// <summary>Folders may be given relative to the file.</summary>
    private static string Resolve(string path, string folder) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, folder);

    private static CommandException Wrong(string path, string reason, Exception? inner = null) => new($"'{path}' cannot be used: {reason}.", inner: inner);
}
