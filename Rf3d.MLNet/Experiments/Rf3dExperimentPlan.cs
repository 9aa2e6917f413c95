namespace Rf3d.MLNet;

/// <summary>The plan of an experiment before any training.</summary>
public sealed record Rf3dExperimentPlan
{
    /// <summary>
    /// All candidates, in the order of the search space; those that are <see cref="Rf3dCandidateVerdict.Kept"/> are trained, by rank, and have their results from an
    /// earlier process.
    /// </summary>
    public required IReadOnlyList<Rf3dCandidate> Candidates { get; init; }

    /// <summary>Number of finished and failed trials in the folder of the experiment, which are not repeated; 0 for a new experiment.</summary>
    public required int FinishedTrials { get; init; }
}
