using Microsoft.ML.Data;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>One trained candidate, like AutoML's <c>RunDetail&lt;MulticlassClassificationMetrics&gt;</c>.</summary>
public sealed record Rf3dRunDetail
{
    /// <summary>The candidate, with its figures and its result.</summary>
    public required Rf3dCandidate Candidate { get; init; }

    /// <summary>The candidate's name.</summary>
    public string TrainerName => Candidate.Name;

    /// <summary>The network; never null, since it was trained.</summary>
    public NetworkPlan Plan => Candidate.Plan!;

    /// <summary>The trainer with this candidate's options and the seed of all trials, to train it outside the experiment.</summary>
    public Rf3dImageClassificationTrainer Estimator => Candidate.Estimator;

    /// <summary>Seconds spent on it so far, over all of its rungs and processes.</summary>
    public required double RuntimeInSeconds { get; init; }

    /// <summary>Epochs that it was trained for. The learning rate schedule is that of all its epochs.</summary>
    public int Epochs => Candidate.Epochs;

    /// <summary>The optimizing metric on the validation images; null when training failed.</summary>
    public double? Score => Candidate.Score;

    /// <summary>All metrics on the validation images; null when training failed, and for candidates of an earlier process, for which the log has the score only.</summary>
    public MulticlassClassificationMetrics? ValidationMetrics { get; init; }

    /// <summary>The trained model of the best run; null in other runs and in progress reports. The caller disposes it.</summary>
    public Rf3dImageClassificationTransformer? Model { get; init; }

    /// <summary>The error of a failed training; null if it did not fail.</summary>
    public Exception? Exception { get; init; }
}
