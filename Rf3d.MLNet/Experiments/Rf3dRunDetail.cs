using Microsoft.ML.Data;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>One trained candidate, as AutoML's <c>RunDetail&lt;MulticlassClassificationMetrics&gt;</c>.</summary>
public sealed record Rf3dRunDetail
{
    /// <summary>The candidate, with its figures and what became of it.</summary>
    public required Rf3dCandidate Candidate { get; init; }

    /// <summary>The candidate's name.</summary>
    public string TrainerName => Candidate.Name;

    /// <summary>The network; never null, since it was trained.</summary>
    public NetworkPlan Plan => Candidate.Plan!;

    /// <summary>The trainer with this candidate's options and the seed of all trials, to train it outside the experiment.</summary>
    public Rf3dImageClassificationTrainer Estimator => Candidate.Estimator;

    /// <summary>Seconds spent on it so far, over all of its rungs and processes.</summary>
    public required double RuntimeInSeconds { get; init; }

    /// <summary>Epochs that it was trained for, by a learning-rate schedule for all of its epochs.</summary>
    public int Epochs => Candidate.Epochs;

    /// <summary>The optimizing metric on the validation images; null when training failed.</summary>
    public double? Score => Candidate.Score;

    /// <summary>All metrics on the validation images; null when training failed, and for what an earlier process trained, of which the log has the score.</summary>
    public MulticlassClassificationMetrics? ValidationMetrics { get; init; }

    /// <summary>The trained model of the best run; null in others and in progress reports, whose models are let go of. Belongs to the caller.</summary>
    public Rf3dImageClassificationTransformer? Model { get; init; }

    /// <summary>Why training failed; null when it did not.</summary>
    public Exception? Exception { get; init; }
}
