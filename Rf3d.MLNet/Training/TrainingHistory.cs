using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>The history of the training.</summary>
public sealed record TrainingHistory
{
    /// <summary>The figures at the end of each complete epoch, in order.</summary>
    public required ImmutableArray<TrainingMetrics> Epochs { get; init; }

    /// <summary>The epoch whose weights the model has, counted from 1: the best by validation, or the last without a validation set.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Why training ended.</summary>
    public required TrainingStopReason StopReason { get; init; }

    /// <summary>The device: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The seed of all random choices; with it, the same data, options and threads train the same network again on CPU.</summary>
    public required int Seed { get; init; }

    /// <summary>Number of images that were trained on.</summary>
    public required long TrainingImages { get; init; }

    /// <summary>Number of images that were validated on.</summary>
    public required long ValidationImages { get; init; }

    /// <summary>Images in a step, as set or chosen.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Highest learning rate of the schedule, as set or chosen.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Precision of convolutions during training, as set or chosen.</summary>
    public required TrainingPrecision Precision { get; init; }

    /// <summary>
    /// Changes of the number of threads, in order: on a shared CPU, training uses as many threads as there are free cores. Empty if the number did not change. Each change
    /// changes the last bits of a step, and so the weights.
    /// </summary>
    public ImmutableArray<ThreadChange> ThreadChanges { get; init; } = [];

    /// <summary>The pretrained network that training started from; null if it started from random weights.</summary>
    public PretrainedOrigin? Pretrained { get; init; }

    /// <summary>How the probabilities were calibrated; null if they were not: by the options, or because there were too few images held out.</summary>
    public ProbabilityCalibration? Calibration { get; init; }

    /// <summary>The checkpoint that the training was resumed from; null if it was not resumed, and in a saved model, which has no paths.</summary>
    [JsonIgnore]
    public ResumedTraining? ResumedFrom { get; init; }
}
