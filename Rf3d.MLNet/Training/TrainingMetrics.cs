using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>Progress of a training, reported during an epoch and at its end. Immutable.</summary>
public sealed record TrainingMetrics
{
    /// <summary>The phase of the training; always <see cref="TrainingPhase.Epochs"/> for random initial weights.</summary>
    /// <remarks>
    /// In <see cref="TrainingPhase.Features"/> the one pass over the images counts as the epoch, and loss and accuracy are not numbers. In
    /// <see cref="TrainingPhase.LastLayer"/> there is one report, of the trained classifier, also where fine-tuning follows. Its loss is the cross-entropy without label smoothing, and there is no
    /// learning rate.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrainingPhase Phase { get; init; }

    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs planned.</summary>
    public required int EpochCount { get; init; }

    /// <summary>Batches of this epoch that are done.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches in an epoch.</summary>
    public required int BatchCount { get; init; }

    /// <summary>
    /// Mean training loss over this epoch's batches so far: cross-entropy with label smoothing and class weights, on augmented images.
    /// </summary>
    public required double Loss { get; init; }

    /// <summary>Share of this epoch's augmented training images so far that were classified correctly, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Cross-entropy over the whole validation set; null within an epoch, and when there is no validation set.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the whole validation set that was classified correctly; null within an epoch, and without a validation set.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Learning rate of the last batch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training images per second in this epoch so far, validation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Time since training began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Remaining time at the current speed.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Whether the epoch is complete: its last report, the one with the validation figures.</summary>
    public required bool IsEpochEnd { get; init; }

    /// <summary>The figures in one line.</summary>
    public override string ToString()
    {
        var validation = ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $", validation loss {ValidationLoss:0.0000}, accuracy {accuracy:0.0000}")
            : "";
        var time = string.Create(CultureInfo.InvariantCulture, $"{ImagesPerSecond:0} images/s, {(int)Remaining.TotalHours:00}:{Remaining:mm\\:ss} left");
        return Phase switch
        {
            TrainingPhase.Features => string.Create(CultureInfo.InvariantCulture, $"features, batch {Batch}/{BatchCount}: {time}"),
            TrainingPhase.LastLayer => string.Create(CultureInfo.InvariantCulture, $"last layer: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}{validation}"),
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {Epoch}/{EpochCount}, batch {Batch}/{BatchCount}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}{validation}, learning rate {LearningRate:0.00000}, {time}"),
        };
    }
}
