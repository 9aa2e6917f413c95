namespace Rf3d.MLNet;

/// <summary>Progress of a trial, the training of a candidate up to the end of a rung.</summary>
public sealed record Rf3dTrialProgress
{
    /// <summary>The candidate, with its result before this trial.</summary>
    public required Rf3dCandidate Candidate { get; init; }

    /// <summary>
    /// The rung of the successive halving, counted from 1; null for the first epoch of the first candidate, which measures how many candidates fit the time, and for probes, which are complete after one pass
    /// over the images.
    /// </summary>
    public int? Rung { get; init; }

    /// <summary>Number of rungs; null if not known yet.</summary>
    public int? RungCount { get; init; }

    /// <summary>The epoch after which the trial is over.</summary>
    public required int LastEpoch { get; init; }

    /// <summary>Epochs of the whole training of the candidate, which its learning rate schedule is for; 1 for a probe.</summary>
    public required int EpochCount { get; init; }

    /// <summary>Progress of the training, with the remaining time of this trial; null when the trial begins.</summary>
    public TrainingMetrics? Metrics { get; init; }
}
