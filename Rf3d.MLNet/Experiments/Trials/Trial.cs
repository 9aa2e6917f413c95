using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>A candidate in the race: how far it is trained, and how well it does.</summary>
internal sealed class Trial(int number, CandidateConfiguration configuration, Rf3dCandidate candidate)
{
    /// <summary>Its place in the list of candidates, counted from 1.</summary>
    public int Number => number;

    public CandidateConfiguration Configuration => configuration;

    /// <summary>The candidate as its user sees it.</summary>
    public Rf3dCandidate Candidate { get; set; } = candidate;

    public int Epochs { get; private set; }

    /// <summary>The optimizing metric; null before the first trial and when that failed.</summary>
    public double? Score { get; private set; }

    public MulticlassClassificationMetrics? Metrics { get; set; }

    /// <summary>Which validation images its model classified correctly; null before the first trial and when that failed.</summary>
    public RightAnswers? Right { get; private set; }

    public Exception? Exception { get; private set; }

    /// <summary>Whether there is no more to train.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Seconds spent on it.</summary>
    public double Seconds { get; private set; }

    public double? SecondsPerEpoch { get; private set; }

    public double Overhead { get; private set; }

    /// <summary>Takes over the results of a trial of this or of an earlier process.</summary>
    public void Apply(TrialEntry trial, Exception? exception = null)
    {
        (Epochs, IsComplete, Overhead) = (trial.Epochs, trial.IsComplete, trial.Overhead);
        Score = trial.Score ?? Score;
        Right = RightAnswers.From(trial.Right) ?? Right;
        Seconds += trial.Seconds;
        SecondsPerEpoch = trial.SecondsPerEpoch > 0 ? trial.SecondsPerEpoch : SecondsPerEpoch;
        Exception = trial.Error is null ? null : exception ?? new InvalidOperationException(trial.Error);
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
        // A probe is one pass over the images, whatever the number of epochs.
        if (Configuration.IsProbe && SecondsPerEpoch is null)
            seconds /= Configuration.Options.Epoch;
        return new(seconds, SecondsPerEpoch is null ? pilot.Overhead : Overhead, Configuration.Options.Epoch, IsComplete ? Configuration.Options.Epoch : Epochs);
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
