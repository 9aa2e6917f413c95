using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>How a training by train.py went, as it writes it down.</summary>
internal sealed record TorchrunHistory
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public required ImmutableArray<TorchrunEpoch> Epochs { get; init; }

    public required int BestEpoch { get; init; }

    public required TrainingStopReason StopReason { get; init; }

    /// <summary>As in "8 x cuda".</summary>
    public required string Device { get; init; }

    public required int Seed { get; init; }

    public required long TrainingImages { get; init; }

    public required long ValidationImages { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    public required TrainingPrecision Precision { get; init; }

    /// <exception cref="FormatException">The text is something else.</exception>
    public static TrainingHistory Parse(string json)
    {
        try
        {
            var history = JsonSerializer.Deserialize<TorchrunHistory>(json, Json) ?? throw new FormatException("its history is empty");
            return history.BestEpoch >= 1 && history.BestEpoch <= history.Epochs.Length
                ? history.ToHistory()
                : throw new FormatException($"its history says that epoch {history.BestEpoch} of {history.Epochs.Length} is the best");
        }
        catch (Exception error) when (error is JsonException or ArgumentException or OverflowException)
        {
            throw new FormatException($"its history cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }

    private TrainingHistory ToHistory() => new()
    {
        Epochs = [.. Epochs.Select(epoch => epoch.ToMetrics())],
        BestEpoch = BestEpoch,
        StopReason = StopReason,
        Device = Device,
        Seed = Seed,
        TrainingImages = TrainingImages,
        ValidationImages = ValidationImages,
        BatchSize = BatchSize,
        LearningRate = LearningRate,
        Precision = Precision,
    };
}

/// <summary>A line of metrics.jsonl.</summary>
internal sealed record TorchrunEpoch
{
    public required int Epoch { get; init; }

    public required int EpochCount { get; init; }

    public required int BatchCount { get; init; }

    public required double Loss { get; init; }

    public required double Accuracy { get; init; }

    public double? ValidationLoss { get; init; }

    public double? ValidationAccuracy { get; init; }

    public required double LearningRate { get; init; }

    public required double ImagesPerSecond { get; init; }

    public required double ElapsedSeconds { get; init; }

    public TrainingMetrics ToMetrics() => new()
    {
        Epoch = Epoch,
        EpochCount = EpochCount,
        Batch = BatchCount,
        BatchCount = BatchCount,
        Loss = Loss,
        Accuracy = Accuracy,
        ValidationLoss = ValidationLoss,
        ValidationAccuracy = ValidationAccuracy,
        LearningRate = LearningRate,
        ImagesPerSecond = ImagesPerSecond,
        Elapsed = TimeSpan.FromSeconds(ElapsedSeconds),
        Remaining = TimeSpan.FromSeconds(ElapsedSeconds / Math.Max(1, Epoch) * (EpochCount - Epoch)),
        IsEpochEnd = true,
    };
}
