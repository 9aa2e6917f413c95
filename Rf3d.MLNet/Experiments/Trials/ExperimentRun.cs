using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Rf3d.MLNet;

/// <summary>One <c>Execute</c>: ranks the candidates, trains the best of them by successive halving, and records the result of each.</summary>
internal sealed class ExperimentRun(
    MulticlassClassificationCatalog catalog, Rf3dExperimentSettings settings, ExperimentFolder folder, string labelColumnName, IProgress<Rf3dRunDetail>? progress) : IDisposable
{
    private readonly TimeLimit _limit = new(settings.MaxExperimentTimeInSeconds, settings.Clock, settings.CancellationToken);
    private readonly BestModel _best = new(folder.BestModel, settings.OptimizingMetric, MLNetInternals.GetTempFilePath(MLNetInternals.GetEnvironment(catalog)));
    private readonly IChannel _channel = MLNetInternals.GetEnvironment(catalog).Start(nameof(Rf3dExperiment));
    private List<Trial> _trials = [];

    // The results in the log that are still to come. The race takes its course again with them, so that each choice sees what it saw at the time.
    private Dictionary<string, Queue<TrialEntry>> _recorded = new(StringComparer.Ordinal);

    public Rf3dExperimentResult Execute(IDataView trainData, IDataView? validationData, int classes)
    {
        var seed = settings.Seed ?? folder.Log.All<ExperimentEntry>().FirstOrDefault()?.Seed ?? MLNetInternals.DrawSeed(MLNetInternals.GetEnvironment(catalog));
        var (training, validation) = validationData is null
            ? HeldOutRows.Split(trainData, labelColumnName, settings.ValidationFraction, seed)
            : (trainData, validationData);
        var configurations = CandidateConfiguration.All(settings, labelColumnName, trainData, RowCount.UpTo(training, EpochChoice.FewImages) ?? RowCount.About(trainData), _channel.Warning);
        ExperimentIdentity.Check(folder.Log, settings.ExperimentDirectory, seed, ExperimentIdentity.Of(settings, configurations, labelColumnName, trainData, validationData));
        TakeBackFailures();
        var candidates = CandidateSelection.Of(settings, configurations, folder.Log, Estimator, settings.CancellationToken);
        _channel.Info(CandidateTable.Of(candidates, settings.OptimizingMetric));
        _trials = Contenders();
        if (_trials.Count == 0)
            throw new InvalidOperationException($"No candidate can be trained: {string.Join("; ", candidates.Select(candidate => $"'{candidate.Name}': {candidate.Reason}"))}.");
        settings.PlanCallback?.Invoke(new() { Candidates = Current(Known(), candidates), FinishedTrials = folder.Log.All<TrialEntry>().Count() });
        _recorded = folder.Log.All<TrialEntry>()
            .GroupBy(entry => entry.Candidate, StringComparer.Ordinal)
            .ToDictionary(entries => entries.Key, entries => new Queue<TrialEntry>(entries), StringComparer.Ordinal);
        var trainer = new CandidateTrainer(catalog, settings, training, validation, classes, seed);
        Race(trainer, trainData.Schema);
        // Those that it did not come to, because it was stopped before.
        foreach (var trial in _trials)
        {
            while (Recorded(trial) is { } entry)
                trial.Apply(entry);
        }
        return Result(trainer, trainData.Schema, candidates);

        List<Trial> Contenders() =>
        [
            .. configurations.Zip(candidates, (configuration, candidate) => (configuration, candidate))
                .Select((pair, index) => new Trial(index + 1, pair.configuration, pair.candidate))
                .Where(contender => contender.Candidate.Verdict == Rf3dCandidateVerdict.Kept)
                .OrderBy(contender => contender.Candidate.Rank),
        ];

        // With all results of earlier processes at once.
        List<Trial> Known()
        {
            var contenders = Contenders();
            foreach (var contender in contenders)
            {
                foreach (var entry in folder.Log.All<TrialEntry>().Where(entry => entry.Candidate == contender.Candidate.Name))
                    contender.Apply(entry);
            }
            return contenders;
        }

        Rf3dImageClassificationTrainer Estimator(CandidateConfiguration configuration)
        {
            var options = configuration.Options.CheckedCopy();
            options.Seed = seed;
            return catalog.Trainers.Rf3dImageClassifier(options);
        }
    }

    public void Dispose()
    {
        _best.Dispose();
        _limit.Dispose();
        _channel.Dispose();
    }

    /// <summary>Candidates that failed because they needed more memory than they were allowed are trained again if they may have more now.</summary>
    private void TakeBackFailures()
    {
        // A list, because the log changes.
        foreach (var failure in folder.Log.All<TrialEntry>().Where(entry => entry.MemoryLimit is { } limit && !(settings.MaximumMemoryUsageInMegaByte <= limit)).ToList())
            folder.Log.Append(new RetryEntry(failure.Candidate));
    }

    private TrialEntry? Recorded(Trial trial) => _recorded.TryGetValue(trial.Candidate.Name, out var entries) && entries.TryDequeue(out var entry) ? entry : null;

    private void Race(CandidateTrainer trainer, DataViewSchema schema)
    {
        var others = _trials.Where(trial => !trial.Configuration.IsProbe).ToList();
        // The first epoch of the first candidate, a part of its first rung, tells how fast this machine trains.
        foreach (var trial in others.TakeWhile((_, index) => others.Take(index).All(before => before.Exception is not null)))
        {
            if (!Train(trial, new(null, null, 1)))
                return;
        }
        var pilot = others.FirstOrDefault(trial => trial.SecondsPerEpoch is not null);
        // A probe is one pass over the images, and complete: it takes no place in a rung, and no limit is to leave it out for trainings of many epochs.
        foreach (var probe in _trials.Where(trial => trial.Configuration.IsProbe))
        {
            if (pilot is not null && TooLong(probe, pilot) is { } seconds)
                Judge(probe, Rf3dCandidateVerdict.NoTime, string.Create(CultureInfo.InvariantCulture, $"{probe.Candidate.Reason}; by measured speed its pass over the images takes up to {seconds:0} s, longer than the remaining time"));
            else if (!Train(probe, new(null, null, 1)))
                return;
        }
        if (pilot is null)
            return;
        var field = Field(0) ?? First(pilot, others);
        foreach (var trial in others.Except(field).Where(trial => trial.Exception is null))
            Judge(trial, Rf3dCandidateVerdict.NoTime, $"{trial.Candidate.Reason}; by measured speed the time is enough for {field.Count} {(field.Count == 1 ? "candidate" : "candidates")}");
        var schedule = HalvingSchedule.Of(field.Count, field.Min(trial => trial.Configuration.Epochs));
        for (var rung = 0; ; rung++)
        {
            if (Field(rung) is null)
                folder.Log.Append(new RungEntry(rung, schedule.Shares.Length, [.. field.Select(trial => trial.Candidate.Name)]));
            foreach (var trial in field)
            {
                if (!Train(trial, new(rung + 1, schedule.Shares.Length, schedule.EpochsAt(rung, trial.Configuration.Epochs))))
                    return;
            }
            if (rung == schedule.Shares.Length - 1)
                break;
            var next = Field(rung + 1) ?? Next(schedule, rung + 1, field, pilot);
            Drop(field, next, rung, schedule);
            if (next.Count == 0)
                break;
            field = next;
        }

        bool Train(Trial trial, Rung rung) => this.Train(trainer, trial, rung, schema);
    }

    /// <summary>Those that an earlier process chose for a rung; null when none did.</summary>
    private List<Trial>? Field(int rung) => folder.Log.All<RungEntry>().FirstOrDefault(entry => entry.Rung == rung) is { } chosen
        ? [.. chosen.Candidates.Select(name => _trials.FirstOrDefault(trial => trial.Candidate.Name == name)
            ?? throw new FormatException($"'{folder.Log.Path}' has '{name}' among the candidates that are trained, and this experiment does not train it. Choose another folder."))]
        : null;

    /// <summary>The seconds of a probe that the time is not enough for; null where it is.</summary>
    private double? TooLong(Trial probe, Trial pilot)
    {
        _limit.Reserve(pilot.Overhead);
        var seconds = probe.Cost(pilot).SecondsPerEpoch;
        return !_recorded.ContainsKey(probe.Candidate.Name) && seconds > _limit.SecondsLeft ? seconds : null;
    }

    /// <summary>As many of the candidates, in the order of the ranking, as the time is enough for.</summary>
    private List<Trial> First(Trial pilot, List<Trial> others)
    {
        _limit.Reserve(pilot.Overhead);
        var alive = others.Where(trial => trial.Exception is null).ToList();
        var count = HalvingSchedule.AffordableToStart(alive.ConvertAll(trial => trial.Cost(pilot)), _limit.SecondsLeft);
        return alive.Take(count).ToList();
    }

    private List<Trial> Next(HalvingSchedule schedule, int rung, List<Trial> field, Trial pilot)
    {
        var alive = InOrder(field.Where(trial => trial.Exception is null)).Take(HalvingSchedule.Survivors(field.Count)).ToList();
        _limit.Reserve(_trials.Max(trial => trial.Overhead));
        return alive.Count == 0 ? [] : alive.Take(schedule.Affordable(rung, alive.ConvertAll(trial => trial.Cost(pilot)), _limit.SecondsLeft)).ToList();
    }

    private void Drop(List<Trial> field, List<Trial> next, int rung, HalvingSchedule schedule)
    {
        var halved = InOrder(field.Where(trial => trial.Exception is null)).Skip(HalvingSchedule.Survivors(field.Count)).ToHashSet();
        foreach (var trial in field.Except(next).Where(trial => trial.Exception is null))
        {
            var stand = string.Create(
                CultureInfo.InvariantCulture,
                $"after rung {rung + 1} of {schedule.Shares.Length} ({trial.Epochs} of {trial.Configuration.Epochs} epochs) {settings.OptimizingMetric} is {trial.Score:0.0000}");
            if (halved.Contains(trial))
                Judge(trial, Rf3dCandidateVerdict.Halved, string.Create(CultureInfo.InvariantCulture, $"{stand}, and the last one that continues has {InOrder(next)[^1].Score:0.0000}{LowerLoss(trial, InOrder(next)[^1])}"));
            else
                Judge(trial, Rf3dCandidateVerdict.NoTime, $"{stand}; the remaining time is not enough to continue it");
        }
    }

    /// <returns>False when the time is over or the user ended the experiment.</returns>
    private bool Train(CandidateTrainer trainer, Trial contender, Rung rung, DataViewSchema schema)
    {
        while (!IsOver() && Recorded(contender) is { } recorded)
            contender.Apply(recorded);
        if (IsOver())
            return true;
        _limit.Reserve(_trials.Max(other => other.Overhead));
        if (_limit.Token.IsCancellationRequested)
            return false;
        _channel.Info(string.Create(CultureInfo.InvariantCulture, $"Training '{contender.Candidate.Name}' from epoch {contender.Epochs} to {rung.Epochs} of {contender.Configuration.Epochs}."));
        var trial = new Rf3dTrialProgress
        {
            Candidate = contender.Candidate, Rung = rung.Number, RungCount = rung.Count, LastEpoch = rung.Epochs, EpochCount = contender.Configuration.IsProbe ? 1 : contender.Configuration.Epochs,
        };
        settings.TrialCallback?.Invoke(trial);
        var outcome = trainer.Train(
            contender, folder.Checkpoints(contender.Number), rung.Epochs, metrics => settings.TrialCallback?.Invoke(trial with { Metrics = metrics }), _limit.Token);
        if (outcome.Entry is not { } entry)
            return false;
        contender.Apply(entry, outcome.Metrics, outcome.Exception);
        if (outcome.Model is { } model)
        {
            _best.Offer(contender, model, schema);
        }
        else
        {
            _channel.Warning($"Training '{contender.Candidate.Name}' failed; the experiment continues: {entry.Error}");
            Judge(contender, Rf3dCandidateVerdict.Failed, entry.Error!);
            if (contender.Score is null)
                folder.DeleteCheckpoints(contender.Number);
        }
        // After the model is safe: a trial in the log is not trained again.
        if (!outcome.IsStopped)
            folder.Log.Append(entry);
        progress?.Report(contender.Detail());
        return !outcome.IsStopped;

        bool IsOver() => contender.Exception is not null || contender.IsComplete || contender.Epochs >= rung.Epochs;
    }

    private Rf3dExperimentResult Result(CandidateTrainer trainer, DataViewSchema schema, IReadOnlyList<Rf3dCandidate> candidates)
    {
        // Before the best one is judged to be that, however far it was trained. The time that was not enough for a candidate is in the log, and stays what it was.
        var isComplete = _trials.All(trial => trial.Exception is not null || trial.IsComplete || trial.Candidate.Verdict is Rf3dCandidateVerdict.Halved or Rf3dCandidateVerdict.NoTime);
        var (best, model) = Best(trainer, schema);
        foreach (var trial in _trials)
            JudgeInTheEnd(trial, best);
        foreach (var trial in _trials)
            trial.CompareWith(best);
        // Until the experiment is complete each may come to lead, because the scores of the others may fall. One that failed stays: its checkpoints may be of a later epoch than the log.
        foreach (var trial in _trials.Where(trial => isComplete && trial != best && trial.Exception is null))
            folder.DeleteCheckpoints(trial.Number);
        var trained = _trials.Where(trial => trial.Epochs > 0 || trial.Exception is not null).ToList();
        var details = trained.ConvertAll(trial => trial.Detail(trial == best ? model : null));
        var result = new Rf3dExperimentResult(details[trained.IndexOf(best)], details, Current(_trials, candidates), settings.OptimizingMetric, isComplete);
        _channel.Info(result.ToString());
        return result;
    }

    /// <summary>
    /// The candidate that leads, and its model. One that is not in memory is taken from its checkpoints and evaluated: these may be of a later epoch than the log, and then
    /// another candidate may lead.
    /// </summary>
    private (Trial Trial, Rf3dImageClassificationTransformer Model) Best(CandidateTrainer trainer, DataViewSchema schema)
    {
        var recovery = new ModelRecovery(trainer, settings, folder, _limit, _channel);
        while (true)
        {
            var leader = _best.Leader(_trials) ?? throw NoModel();
            if (_best.Release(leader) is { } model)
                return (leader, model);
            // None comes twice: the better of two models is kept in memory, with its score.
            _best.Offer(leader, recovery.Run(leader), schema);
        }
    }

    private static List<Rf3dCandidate> Current(List<Trial> trials, IReadOnlyList<Rf3dCandidate> candidates)
    {
        var byNumber = trials.ToDictionary(trial => trial.Number);
        return [.. candidates.Select((candidate, index) => byNumber.GetValueOrDefault(index + 1)?.Candidate ?? candidate)];
    }

    private void JudgeInTheEnd(Trial trial, Trial best)
    {
        var (epochs, all) = (trial.Epochs, trial.Configuration.Epochs);
        if (trial.Exception is not null)
            Judge(trial, Rf3dCandidateVerdict.Failed, trial.Exception.Message);
        else if (trial == best)
            Judge(trial, Rf3dCandidateVerdict.Best, string.Create(CultureInfo.InvariantCulture, $"{settings.OptimizingMetric} {trial.Score:0.0000}{(trial.IsComplete ? "" : $" after {epochs} of {all} epochs")}"));
        else if (trial.IsComplete)
            Judge(trial, Rf3dCandidateVerdict.Finished, string.Create(CultureInfo.InvariantCulture, $"trained to the end: {settings.OptimizingMetric} {trial.Score:0.0000}, and the best has {best.Score:0.0000}{LowerLoss(trial, best)}"));
        else if (trial.Candidate.Verdict == Rf3dCandidateVerdict.Kept)
            Judge(trial, Rf3dCandidateVerdict.Unfinished, string.Create(CultureInfo.InvariantCulture, $"{(_limit.IsCancelled ? "cancelled" : "the time was over")} after {epochs} of {all} epochs"));
    }

    private static void Judge(Trial trial, Rf3dCandidateVerdict verdict, string reason) =>
        trial.Candidate = trial.Candidate with { Verdict = verdict, Reason = reason };

    private static string LowerLoss(Trial trial, Trial better) =>
        trial.Score == better.Score && better.LogLoss < trial.LogLoss ? string.Create(CultureInfo.InvariantCulture, $" and the lower log loss, {better.LogLoss:0.0000} against {trial.LogLoss:0.0000}") : "";

    private List<Trial> InOrder(IEnumerable<Trial> trials) => [.. _best.InOrder(trials)];

    private Exception NoModel()
    {
        var failures = _trials.Where(trial => trial.Exception is not null).ToList();
        if (_limit.IsCancelled)
            return new OperationCanceledException("The experiment was cancelled before any model was trained for an epoch.", settings.CancellationToken);
        if (_limit.Token.IsCancellationRequested)
            return new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"The experiment's {settings.MaxExperimentTimeInSeconds} s were over before any model was trained for an epoch. Raise the time limit, or choose smaller networks or fewer images."));
        var reasons = failures.GroupBy(trial => trial.Exception!.Message).Select(reason =>
        {
            var names = string.Join(", ", reason.Select(trial => $"'{trial.Candidate.Name}'"));
            return reason.First().Exception is OptionConflictException { Text: var text } ? OptionText.Of($"{names}: {text}") : OptionText.Of($"{names}: {reason.Key}");
        });
        return new OptionConflictException($"All trainings of the experiment failed: {reasons}", failures[0].Exception);
    }

    /// <param name="Number">Which rung, counted from 1; null before the first.</param>
    /// <param name="Count">How many there are; null before the first.</param>
    /// <param name="Epochs">The last epoch of the candidate.</param>
    private sealed record Rung(int? Number, int? Count, int Epochs);
}
