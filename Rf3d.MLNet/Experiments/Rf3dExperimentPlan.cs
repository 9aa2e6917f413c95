namespace Rf3d.MLNet;

/// <summary>What an experiment is about to do.</summary>
public sealed record Rf3dExperimentPlan
{
    /// <summary>All candidates, in the order of the search space; those that are <see cref="Rf3dCandidateVerdict.Kept"/> are trained, first rank first, and have what they came to in an earlier process.</summary>
    public required IReadOnlyList<Rf3dCandidate> Candidates { get; init; }

    /// <summary>Trials that the experiment finds finished in its folder, failed ones too, and does not repeat; 0 for a new experiment.</summary>
    public required int FinishedTrials { get; init; }
}
