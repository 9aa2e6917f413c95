using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

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

    /// <summary>The seed of all random choices; with it, the same data, options and threads train the same network again on CPU.</summary>
    public required int Seed { get; init; }

    /// <summary>Number of images that were trained on.</summary>
    public required long TrainingImages { get; init; }

    /// <summary>Number of images that were validated on.</summary>
    public required long ValidationImages { get; init; }

    /// <summary>Images in a step, as was asked for or worked out.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Highest learning rate of the schedule, as was asked for or worked out.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Precision of convolutions during training, as was asked for or chosen.</summary>
    public required TrainingPrecision Precision { get; init; }

    /// <summary>
    /// Changes of the number of threads, in order: on a CPU that is shared, training uses as many as there are cores free. Empty where it had the same number throughout. Each change
    /// changes the last bits of a step's result, and so the weights.
    /// </summary>
    public ImmutableArray<ThreadChange> ThreadChanges { get; init; } = [];

    /// <summary>The pretrained network that training started from; null where it started from nothing.</summary>
    public PretrainedOrigin? Pretrained { get; init; }

    /// <summary>The training that was resumed from its checkpoint; null where training began at the start, and in a saved model, which has no paths of the machine.</summary>
    [JsonIgnore]
    public ResumedTraining? ResumedFrom { get; init; }
}
