namespace Rf3d.MLNet;

/// <summary>Where a trial stands: a candidate that trains up to the end of a rung.</summary>
public sealed record Rf3dTrialProgress
{
    /// <summary>Who is trained, with what it came to before this trial.</summary>
    public required Rf3dCandidate Candidate { get; init; }

    /// <summary>The rung of the successive halving, counted from 1; null for the first epoch of the first candidate, which tells how many candidates the time is enough for.</summary>
    public int? Rung { get; init; }

    /// <summary>How many rungs there are; null as long as that is not known.</summary>
    public int? RungCount { get; init; }

    /// <summary>The epoch after which the trial is over.</summary>
    public required int LastEpoch { get; init; }

    /// <summary>Epochs of the candidate's whole training, by which its learning rates go.</summary>
    public required int EpochCount { get; init; }

    /// <summary>How the training stands, its remaining time up to the end of this trial; null when the trial begins.</summary>
    public TrainingMetrics? Metrics { get; init; }
}
