namespace Rf3d.MLNet;

/// <summary>
/// The result of an experiment, like AutoML's <c>ExperimentResult&lt;MulticlassClassificationMetrics&gt;</c>. Disposing it disposes the model of the best run.
/// </summary>
public sealed class Rf3dExperimentResult : IDisposable
{
    private readonly Rf3dOptimizingMetric _metric;

    internal Rf3dExperimentResult(Rf3dRunDetail best, IReadOnlyList<Rf3dRunDetail> details, IReadOnlyList<Rf3dCandidate> candidates, Rf3dOptimizingMetric metric, bool isComplete) =>
        (BestRun, RunDetails, Candidates, _metric, IsComplete) = (best, details, candidates, metric, isComplete);

    /// <summary>The best run by the optimizing metric, with its model.</summary>
    public Rf3dRunDetail BestRun { get; }

    /// <summary>The candidates that were trained, to the end or not, in the order of the ranking.</summary>
    public IReadOnlyList<Rf3dRunDetail> RunDetails { get; }

    /// <summary>All candidates, in the order of the search space, with rank, result and reason.</summary>
    public IReadOnlyList<Rf3dCandidate> Candidates { get; }

    /// <summary>Whether there is nothing left to train: every candidate that was chosen for training was trained to the end, was dropped, or failed.</summary>
    /// <remarks>
    /// False if the time limit or a cancellation ended the experiment. The best candidate may be one whose training was stopped: <c>Execute</c> with the same
    /// <see cref="Rf3dExperimentSettings.ExperimentDirectory"/> continues it. Candidates that were dropped because by measured speed they did not fit the time limit
    /// (<see cref="Rf3dCandidateVerdict.NoTime"/>) are not trained then either.
    /// </remarks>
    public bool IsComplete { get; }

    /// <summary>The candidates as a table, and a second table that compares the best candidate with the others trained to the end.</summary>
    public override string ToString() => $"{CandidateTable.Of(Candidates, _metric)}{(FinalistTable.Of(Candidates) is { Length: > 0 } finalists ? "\n" + finalists : "")}";

    /// <summary>Disposes the model of <see cref="BestRun"/>.</summary>
    public void Dispose() => BestRun.Model?.Dispose();
}
