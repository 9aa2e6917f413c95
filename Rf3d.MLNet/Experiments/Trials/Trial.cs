using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>A candidate in the race: how far it is trained, and how well it does. Epochs, score, metrics and answers are those of one model, its latest.</summary>
internal sealed class Trial(int number, CandidateConfiguration configuration, Rf3dCandidate candidate)
{
    /// <summary>Its place in the list of candidates, counted from 1.</summary>
    public int Number => number;

    public CandidateConfiguration Configuration => configuration;

    /// <summary>The candidate as its user sees it.</summary>
    public Rf3dCandidate Candidate { get; set; } = candidate;

    public int Epochs { get; private set; }

    /// <summary>The optimizing metric; null before there is a model.</summary>
    public double? Score { get; private set; }

    /// <summary>The log loss of the same model; null where it is not known.</summary>
    public double? LogLoss { get; private set; }

    /// <summary>All metrics; null before there is a model, and where it is known from the log only.</summary>
    public MulticlassClassificationMetrics? Metrics { get; private set; }

    /// <summary>Which validation images its model classified correctly; null before there is a model, and where the log has damaged ones.</summary>
    public RightAnswers? Right { get; private set; }

    public Exception? Exception { get; private set; }

    /// <summary>Whether there is no more to train.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Seconds spent on it.</summary>
    public double Seconds { get; private set; }

    public double? SecondsPerEpoch { get; private set; }

    public double Overhead { get; private set; }

    /// <summary>Takes over the results of a trial of this or of an earlier process.</summary>
    public void Apply(TrialEntry trial, MulticlassClassificationMetrics? metrics = null, Exception? exception = null)
    {
        Seconds += trial.Seconds;
        Exception = trial.Error is null ? null : exception ?? new InvalidOperationException(trial.Error);
        // A trial that failed leaves the model of the one before.
        if (trial.Error is not null)
            return;
        (IsComplete, Overhead) = (trial.IsComplete, trial.Overhead);
        SecondsPerEpoch = trial.SecondsPerEpoch > 0 ? trial.SecondsPerEpoch : SecondsPerEpoch;
        TakeModel(trial, metrics);
    }

    /// <summary>Takes over the figures of the model in its checkpoints, which may have been trained further than the results say.</summary>
    public void TakeModel(TrialEntry trial, MulticlassClassificationMetrics? metrics)
    {
        (Epochs, Score, LogLoss, Metrics, Right) = (trial.Epochs, trial.Score, trial.LogLoss, metrics, RightAnswers.From(trial.Right));
        Candidate = Candidate with { Epochs = Epochs, Score = Score };
    }

    /// <summary>Puts the candidate beside the best one, if it was trained to the end and is another.</summary>
    public void CompareWith(Trial best)
    {
        if (best != this && IsComplete && Exception is null && Right is { } right && best.Right?.BesideThat(right) is { } counts)
            Candidate = Candidate with { ComparedWithBest = Rf3dCandidateComparison.Of(counts) };
    }

    /// <param name="pilot">One that was trained: where this one was not, its latency tells how much slower or faster it will be.</param>
    public TrialCost Cost(Trial pilot)
    {
        var seconds = SecondsPerEpoch ?? pilot.SecondsPerEpoch!.Value * Candidate.LatencyMilliseconds!.Value / pilot.Candidate.LatencyMilliseconds!.Value;
        return new(seconds, SecondsPerEpoch is null ? pilot.Overhead : Overhead, Configuration.Epochs, IsComplete ? Configuration.Epochs : Epochs);
    }

    public Rf3dRunDetail Detail(Rf3dImageClassificationTransformer? model = null) => new()
    {
        Candidate = Candidate,
        RuntimeInSeconds = Seconds,
        ValidationMetrics = Exception is null ? Metrics : null,
        Model = model,
        Exception = Exception,
    };
}
