using System.Diagnostics;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>An experiment on the console: the candidates that are trained, then each trial with its epochs and its result.</summary>
internal sealed class ExperimentProgress(TextWriter output, bool isTerminal, int width, Rf3dExperimentSettings settings) : IProgress<Rf3dRunDetail>, IDisposable
{
    // Without a limit of time none is shown.
    private static readonly uint NoLimit = new Rf3dExperimentSettings().MaxExperimentTimeInSeconds;

    private readonly TrainingProgressLine _line = new(output, isTerminal, width);
    private readonly long _start = Stopwatch.GetTimestamp();
    private double? _best;

    /// <summary>Trials that were finished before.</summary>
    public int FinishedTrials { get; private set; }

    public void Report(Rf3dExperimentPlan plan)
    {
        var kept = plan.Candidates.Where(candidate => candidate.Rank <= settings.MaxModels).OrderBy(candidate => candidate.Rank).ToList();
        var dropped = plan.Candidates.Except(kept).CountBy(candidate => candidate.Verdict).Select(group => $"{Numbers.Count(group.Value)} {group.Key.InWords()}").ToList();
        output.WriteLine(Numbers.Text($"{Numbers.Count(plan.Candidates.Count)} {(plan.Candidates.Count == 1 ? "candidate" : "candidates")}, {Numbers.Count(kept.Count)} to train{(dropped.Count == 0 ? "" : $"; {string.Join(", ", dropped)}")}"));
        var longest = kept.Select(candidate => candidate.Name.Length).DefaultIfEmpty().Max();
        foreach (var candidate in kept)
        {
            var cost = candidate.Plan!.OptimizedCost;
            output.WriteLine(Numbers.Text($"{candidate.Rank,4}  {candidate.Name.PadRight(longest)}  {Numbers.Count(cost.Parameters),11} parameters  {cost.Macs / 1e6,7:0.0} million MACs  {candidate.LatencyMilliseconds,6:0.00} ms an image"));
        }
        FinishedTrials = plan.FinishedTrials;
        _best = plan.Candidates.Max(candidate => candidate.Score);
        if (FinishedTrials > 0)
            output.WriteLine($"{Numbers.Count(FinishedTrials)} finished {(FinishedTrials == 1 ? "trial" : "trials")} taken from {Path.GetRelativePath(".", settings.ExperimentDirectory!)}, where an experiment was begun");
    }

    public void Report(Rf3dTrialProgress trial)
    {
        if (trial.Metrics is { } metrics)
        {
            _line.Report(metrics);
            return;
        }
        _line.Dispose();
        if (trial is { Rung: null, EpochCount: 1, Candidate.Pretrained: not null })
        {
            output.WriteLine($"One pass over the images: {trial.Candidate.Name}{TimeLeft()}");
            return;
        }
        var rung = trial.Rung is null ? "To measure the speed" : Numbers.Text($"Rung {trial.Rung} of {trial.RungCount}");
        var first = trial.Candidate.Epochs + 1;
        var epochs = first == trial.LastEpoch ? Numbers.Text($"epoch {first}") : Numbers.Text($"epochs {first} to {trial.LastEpoch}");
        output.WriteLine($"{rung}: {trial.Candidate.Name}, {epochs} of {trial.EpochCount}{TimeLeft()}");
    }

    public void Report(Rf3dRunDetail value)
    {
        _line.Dispose();
        // The log has the failures.
        if (value is not { Exception: null, Score: { } score })
            return;
        output.WriteLine($"  accuracy {Numbers.Percent(score)} on the validation images{(_best is null || score >= _best ? ", the best so far" : "")}");
        _best = _best is null ? score : Math.Max(score, _best.Value);
    }

    public void Dispose() => _line.Dispose();

    private string TimeLeft()
    {
        if (settings.MaxExperimentTimeInSeconds == NoLimit)
            return "";
        var left = TimeSpan.FromSeconds(settings.MaxExperimentTimeInSeconds) - Stopwatch.GetElapsedTime(_start);
        return $"; {Numbers.Duration(left > TimeSpan.Zero ? left : TimeSpan.Zero)} of --train-time left";
    }
}
