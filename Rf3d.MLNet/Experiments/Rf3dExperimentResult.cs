namespace Rf3d.MLNet;

/// <summary>
/// The result of an experiment, like AutoML's <c>ExperimentResult&lt;MulticlassClassificationMetrics&gt;</c>. Disposing it disposes the model of the best run.
/// </summary>
public sealed class Rf3dExperimentResult : IDisposable
{
    private readonly Rf3dOptimizingMetric _metric;

    internal Rf3dExperimentResult(Rf3dRunDetail best, IReadOnlyList<Rf3dRunDetail> details, IReadOnlyList<Rf3dCandidate> candidates, Rf3dOptimizingMetric metric) =>
        (BestRun, RunDetails, Candidates, _metric) = (best, details, candidates, metric);

    /// <summary>The best run by the optimizing metric, with its model.</summary>
    public Rf3dRunDetail BestRun { get; }

    /// <summary>The candidates that were trained, to the end or not, in the order of the ranking.</summary>
    public IReadOnlyList<Rf3dRunDetail> RunDetails { get; }

    /// <summary>All candidates, in the order of the search space, with rank, result and reason.</summary>
    public IReadOnlyList<Rf3dCandidate> Candidates { get; }

    /// <summary>The candidates as a table, and a second table that compares the best candidate with the others trained to the end.</summary>
    public override string ToString() => $"{CandidateTable.Of(Candidates, _metric)}{(FinalistTable.Of(Candidates) is { Length: > 0 } finalists ? "\n" + finalists : "")}";

    /// <summary>Disposes the model of <see cref="BestRun"/>.</summary>
    public void Dispose() => BestRun.Model?.Dispose();
}
