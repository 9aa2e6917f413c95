using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>The result of a trial.</summary>
/// <param name="Entry">For the log; null when it was stopped before an epoch was complete.</param>
/// <param name="IsStopped">Whether time limit or user stopped it: it is not finished, and not for the log.</param>
/// <param name="Model">The model; null when training failed or was stopped too early.</param>
/// <param name="Metrics">On the validation images; null when there is no model.</param>
/// <param name="Exception">The error of a failed training; null if it did not fail.</param>
internal sealed record TrialOutcome(
    TrialEntry? Entry, bool IsStopped, Rf3dImageClassificationTransformer? Model, MulticlassClassificationMetrics? Metrics, Exception? Exception);

/// <summary>Trains a candidate from where its checkpoints are to an epoch, and evaluates it.</summary>
/// <param name="catalog">Makes the trainer and evaluates.</param>
/// <param name="settings">Metric and limits.</param>
/// <param name="training">The training images.</param>
/// <param name="validation">The images to compare on.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="seed">Seed of all trials.</param>
internal sealed class CandidateTrainer(
    MulticlassClassificationCatalog catalog, Rf3dExperimentSettings settings, IDataView training, IDataView validation, int classes, int seed)
{
    /// <param name="contender">The candidate.</param>
    /// <param name="checkpoints">Its folder.</param>
    /// <param name="epochs">The epoch after which to stop.</param>
    /// <param name="report">Receives the progress of the training.</param>
    /// <param name="cancellation">Stops the trial; its best epoch so far is evaluated.</param>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be written or read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written or read.</exception>
    public TrialOutcome Train(Trial contender, string checkpoints, int epochs, Action<TrainingMetrics> report, CancellationToken cancellation)
    {
        var configuration = contender.Configuration;
        var start = Stopwatch.GetTimestamp();
        using var trial = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        MemoryExcess? excess = null;
        var options = configuration.Options.CheckedCopy();
        (options.CheckpointDirectory, options.Seed, options.PauseAfterEpoch, options.CancellationToken) = (checkpoints, seed, epochs, trial.Token);
        options.MetricsCallback = metrics =>
        {
            excess ??= MemoryExcess.Of(settings.MaximumMemoryUsageInMegaByte);
            if (excess is not null)
                trial.Cancel();
            configuration.Options.MetricsCallback?.Invoke(metrics);
            report(metrics);
        };
        Rf3dImageClassificationTransformer? model = null;
        try
        {
            model = catalog.Trainers.Rf3dImageClassifier(options).Fit(training, validation);
            if (excess is not null)
                throw new InvalidOperationException(excess.ToString());
            // Read twice: for the metrics, and image by image.
            var scored = new MLContext().Data.Cache(model.Transform(validation), options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName);
            var metrics = catalog.Evaluate(scored, options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName, OptimizingMetrics.TopK(classes));
            var entry = Entry(contender, model.History, OptimizingMetrics.Of(metrics, settings.OptimizingMetric), Stopwatch.GetElapsedTime(start).TotalSeconds) with
            {
                LogLoss = double.IsFinite(metrics.LogLoss) ? metrics.LogLoss : null,
                Right = RightAnswers.Of(scored, options.LabelColumnName, options.PredictedLabelColumnName).ToEntry(),
            };
            return new(entry, entry.Epochs < epochs && !entry.IsComplete, model, metrics, null);
        }
        catch (OperationCanceledException) when (excess is null && cancellation.IsCancellationRequested)
        {
            model?.Dispose();
            return new(null, true, null, null, null);
        }
        catch (Exception error) when (error is InvalidDataException || (error is IOException or UnauthorizedAccessException && settings.ExperimentDirectory is not null))
        {
            // Data and disk are the same for all: it is no candidate's failure. Without a folder that is kept, nothing could resume, and the best model so far would be lost.
            model?.Dispose();
            throw;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            model?.Dispose();
            if (excess is not null)
                error = new InvalidOperationException(excess.ToString(), error);
            var entry = new TrialEntry(configuration.Name, 0, false, null, Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 0, error.Message) { MemoryLimit = excess?.Limit };
            return new(entry, false, null, null, error);
        }
    }

    private static TrialEntry Entry(Trial trial, TrainingHistory history, double score, double seconds)
    {
        var elapsed = history.Epochs[^1].Elapsed.TotalSeconds;
        var before = trial.Epochs * (trial.SecondsPerEpoch ?? 0);
        return new(
            trial.Configuration.Name, history.Epochs.Length, history.StopReason is not TrainingStopReason.Cancelled, score, seconds, elapsed / history.Epochs.Length,
            Math.Max(0, seconds - (elapsed - before)), null);
    }

    /// <summary>By how much the process is above the limit of memory.</summary>
    private sealed record MemoryExcess(double Megabytes, double Limit)
    {
        private static double Used => Environment.WorkingSet / 1e6;

        public static MemoryExcess? Of(double? limit)
        {
            if (limit is not { } most || Used <= most)
                return null;
            // Memory that other trials have freed, and that the process still has, is not needed by this one.
            GC.Collect();
            GlibcHeap.ReturnFree();
            return Used is var used && used > most ? new(used, most) : null;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"The process used {Megabytes:#,0} MB of memory, {Megabytes - Limit:#,0} above MaximumMemoryUsageInMegaByte = {Limit:#,0}. Raise it, or choose smaller networks, images or batches.");
    }
}
