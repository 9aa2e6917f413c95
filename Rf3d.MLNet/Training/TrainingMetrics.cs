using System.Collections.Immutable;
using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Where training stands: once every so many batches, and once at the end of each epoch. Immutable: it may be kept.</summary>
public sealed record TrainingMetrics
{
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

    /// <summary>Time left at the present speed.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Whether the epoch is complete: its last report, the one with the validation figures.</summary>
    public required bool IsEpochEnd { get; init; }

    /// <summary>The figures in one line.</summary>
    public override string ToString()
    {
        var validation = ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $", validation loss {ValidationLoss:0.0000}, accuracy {accuracy:0.0000}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {Epoch}/{EpochCount}, batch {Batch}/{BatchCount}: loss {Loss:0.0000}, accuracy {Accuracy:0.0000}{validation}, learning rate {LearningRate:0.00000}, {ImagesPerSecond:0} images/s, {(int)Remaining.TotalHours:00}:{Remaining:mm\\:ss} left");
    }
}

/// <summary>Why training ended.</summary>
public enum TrainingStopReason
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>The criteria of early stopping were met.</summary>
    EarlyStopping,

    /// <summary>The cancellation token asked for it. The best epoch so far is kept.</summary>
    Cancelled,

    /// <summary>The loss became infinite or not a number. The best epoch before is kept.</summary>
    NonFiniteLoss,
}

/// <summary>How training went.</summary>
public sealed record TrainingHistory
{
    /// <summary>The figures at the end of each complete epoch, in order.</summary>
    public required ImmutableArray<TrainingMetrics> Epochs { get; init; }

    /// <summary>The epoch whose weights the model has, counted from 1: the best by validation, or the last without a validation set.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Why training ended.</summary>
    public required TrainingStopReason StopReason { get; init; }

    /// <summary>Where it ran: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The seed of all random choices; with it, the same data and options train the same network again on CPU.</summary>
    public required int Seed { get; init; }

    /// <summary>Number of images that were trained on.</summary>
    public required long TrainingImages { get; init; }

    /// <summary>Number of images that were validated on.</summary>
    public required long ValidationImages { get; init; }

    /// <summary>Images in a step, as was asked for or worked out; 0 in a model that was saved by a version that did not keep it.</summary>
    public int BatchSize { get; init; }

    /// <summary>Highest learning rate of the schedule, as was asked for or worked out; 0 in a model that was saved by a version that did not keep it.</summary>
    public double LearningRate { get; init; }

    /// <summary>Precision of convolutions during training, as was asked for or chosen.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>The pretrained network that training started from; null where it started from nothing.</summary>
    public PretrainedOrigin? Pretrained { get; init; }

    /// <summary>The training that was resumed from its checkpoint; null where training began at the start.</summary>
    public ResumedTraining? ResumedFrom { get; init; }
}

/// <summary>How far a training was when it was resumed from a checkpoint.</summary>
public sealed record ResumedTraining
{
    /// <summary>Folder of the checkpoint.</summary>
    public required string Folder { get; init; }

    /// <summary>Epochs that were complete.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of the next epoch that were done.</summary>
    public required int Batches { get; init; }

    /// <summary>Whether the training had ended, so that only its model was loaded.</summary>
    public required bool WasComplete { get; init; }

    internal static ResumedTraining From(string folder, TrainingProgress progress) => new()
    {
        Folder = folder,
        Epochs = progress.Epochs.Length,
        Batches = progress.Batch,
        WasComplete = progress.StopReason is not null,
    };
}
