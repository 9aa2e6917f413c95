using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>How far a training is: the part of a checkpoint that is no tensor.</summary>
internal sealed record TrainingProgress
{
    public required int Seed { get; init; }

    /// <summary>The figures of the complete epochs.</summary>
    public required ImmutableArray<TrainingMetrics> Epochs { get; init; }

    /// <summary>Batches of the epoch after those that are done.</summary>
    public required int Batch { get; init; }

    /// <summary>The epoch whose weights are the best so far, counted from 1; 0 when there is none.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Whether the weights are those of kernels with a <see cref="IdentityBranch"/>: without it they compute something else.</summary>
    public required bool Reparameterization { get; init; }

    /// <summary>Why the training ended, or null when there is more to do.</summary>
    public required TrainingStopReason? StopReason { get; init; }

    /// <summary>Time spent so far, over all the processes that trained.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time spent so far on the epoch that is not complete.</summary>
    public required TimeSpan EpochElapsed { get; init; }

    /// <summary>Changes of the number of threads.</summary>
    public ImmutableArray<ThreadChange> ThreadChanges { get; init; } = [];
}
