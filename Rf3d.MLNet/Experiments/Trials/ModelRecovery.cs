using System.Globalization;
using Microsoft.ML.Runtime;

namespace Rf3d.MLNet;

/// <summary>Takes the model of the best candidate, which is not in memory, from its checkpoints.</summary>
/// <param name="trainer">Reads and evaluates it.</param>
/// <param name="settings">Receives the progress if it has to be trained again.</param>
/// <param name="folder">Has the checkpoints.</param>
/// <param name="limit">Ends a training.</param>
/// <param name="channel">Receives the warning that there is a training.</param>
internal sealed class ModelRecovery(CandidateTrainer trainer, Rf3dExperimentSettings settings, ExperimentFolder folder, TimeLimit limit, IChannel channel)
{
    /// <summary>Nothing is trained, unless the checkpoints were deleted or damaged.</summary>
    /// <param name="best">The candidate, which receives the figures of that model.</param>
    /// <exception cref="OperationCanceledException">Cancelled while it was trained again.</exception>
    /// <exception cref="TimeoutException">The time was over while it was trained again.</exception>
    /// <exception cref="InvalidOperationException">It can be neither read nor trained again.</exception>
    public Rf3dImageClassificationTransformer Run(Trial best)
    {
        // Only a training is stopped: an experiment that was ended is to have its result, and to read a model does not take long.
        using var training = new CancellationTokenSource();
        Rf3dTrialProgress? again = null;
        // A complete training has fewer epochs than there might be where it stopped early, or where the probe is its result.
        var epochs = best.IsComplete ? best.Configuration.Epochs : best.Epochs;
        var outcome = trainer.Train(best, folder.Checkpoints(best.Number), epochs, Report, training.Token);
        if (outcome.IsStopped && training.IsCancellationRequested)
        {
            outcome.Model?.Dispose();
            throw Stopped(best);
        }
        if (outcome is not { Model: { } model, Entry: { } entry })
        {
            throw new InvalidOperationException(
                $"The model of '{best.Candidate.Name}', the best of the experiment, cannot be taken from its checkpoints: {outcome.Exception?.Message} The best model that was saved is '{folder.BestModel}'.", outcome.Exception);
        }
        best.TakeModel(entry, outcome.Metrics);
        return model;

        void Report(TrainingMetrics metrics)
        {
            // A classifier on pretrained features has no checkpoints: it is computed again, by one pass over the images.
            if (metrics.Phase != TrainingPhase.Epochs)
                return;
            if (again is null)
            {
                channel.Warning($"The checkpoints of '{best.Candidate.Name}', the best candidate so far, do not have its model any more. It is trained again.");
                again = Progress(best, metrics.Epoch - 1, epochs);
                settings.TrialCallback?.Invoke(again);
            }
            settings.TrialCallback?.Invoke(again with { Metrics = metrics });
            if (limit.Token.IsCancellationRequested)
                training.Cancel();
        }
    }

    private Rf3dTrialProgress Progress(Trial best, int done, int last)
    {
        var rung = folder.Log.All<RungEntry>().LastOrDefault(entry => entry.Candidates.Contains(best.Candidate.Name));
        return new()
        {
            Candidate = best.Candidate with { Epochs = done }, Rung = rung?.Rung + 1, RungCount = rung?.Of, LastEpoch = last, EpochCount = best.Configuration.Epochs,
        };
    }

    private Exception Stopped(Trial best) => limit.IsCancelled
        ? new OperationCanceledException($"The experiment was cancelled while its best candidate, '{best.Candidate.Name}', was trained again.", settings.CancellationToken)
        : new TimeoutException(string.Create(
            CultureInfo.InvariantCulture,
            $"The experiment's {settings.MaxExperimentTimeInSeconds} s were over while its best candidate, '{best.Candidate.Name}', was trained again. Raise the time limit, or run the experiment again: it resumes from there."));
}
