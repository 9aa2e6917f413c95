using Microsoft.ML;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>The number of epochs that fit into a time.</summary>
/// <param name="Epochs">Epochs, at least 1; 0 where none are trained.</param>
/// <param name="EpochSeconds">How many seconds one takes; 0 where it does not matter.</param>
/// <param name="Model">The model where no further training is to follow: a classifier on pretrained features, or what there is where no epoch fits into the time or the command is cancelled; else null.</param>
internal sealed record FittingTraining(int Epochs, double EpochSeconds, Rf3dImageClassificationTransformer? Model = null);

/// <summary>
/// Finds out how many epochs fit into a time, by training for a tenth of it. A schedule of the learning rate that was made for these epochs ends with a better
/// model than a longer one that is cut off in the middle.
/// </summary>
internal static class TimeBudget
{
    private const double ProbeFraction = 0.1;
    private const int MostEpochs = 1000;

    // After them the time of an epoch is known, even if a tenth of the time is not over.
    private const int EnoughEpochs = 3;

    // Validation, and the other parts of an epoch than its batches: where no epoch is complete.
    private const double Margin = 1.15;

    // Epochs that are a little slower than those that were measured: a training that is cut off in its last epoch has not had the low learning rates.
    private const double MarginOfEpochs = 1.05;

    /// <param name="mlContext">The context to train with.</param>
    /// <param name="options">The options of the training, which is stopped when the time of an epoch is known; checkpoints are not written.</param>
    /// <param name="data">The images.</param>
    /// <param name="seconds">The time for all of it.</param>
    /// <param name="elapsed">The time since the command began.</param>
    /// <param name="report">Receives the progress of a pass over the images for the features of a pretrained network, and the figures of the classifier on them.</param>
    /// <param name="cancellation">Ends it.</param>
    public static FittingTraining Measure(
        MLContext mlContext, TrainerOptions options, DataSets data, double seconds, Func<TimeSpan> elapsed, Action<TrainingMetrics> report, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = elapsed().TotalSeconds;
        (double EpochSeconds, double Overhead)? measured = null;
        double? first = null;
        options.CancellationToken = enough.Token;
        options.MetricsCallback = metrics =>
        {
            if (metrics.Phase is not TrainingPhase.Epochs)
            {
                if (metrics.Phase is TrainingPhase.Features || measured is null)
                    report(metrics);
                return;
            }
            var training = metrics.Elapsed.TotalSeconds;
            measured = (EpochSeconds(metrics, first), elapsed().TotalSeconds - started - training);
            if (metrics.IsEpochEnd)
                first ??= training;
            if (training >= seconds * ProbeFraction || (metrics.IsEpochEnd && metrics.Epoch == EnoughEpochs))
                enough.Cancel();
        };
        try
        {
            var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data.Train, data.Validation);
            if (measured is null)
                return new(0, 0, model);
            if (cancellation.IsCancellationRequested)
                return new(0, 0, model);
            // Less than an epoch is left, and there is a classifier without it.
            if (options.Adaptation is Adaptation.Auto && model.History.Pretrained is not null && Left() < measured.Value.EpochSeconds)
                return new(0, measured.Value.EpochSeconds, model);
            model.Dispose();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The times are measured.
        }
        var epoch = (measured ?? throw new InvalidOperationException("The trainer reported nothing.")).EpochSeconds;
        return new((int)Math.Clamp(Left() / epoch, 1, MostEpochs), epoch);

        // The images are read again.
        double Left() => seconds - elapsed().TotalSeconds - measured!.Value.Overhead;
    }

    /// <summary>
    /// The seconds of an epoch. Of the first one, which is slower than the others, where no other is complete: few images are through an epoch before memory and threads are ready.
    /// </summary>
    /// <param name="metrics">Where the training is.</param>
    /// <param name="first">Seconds of the first epoch; null until it is complete.</param>
    internal static double EpochSeconds(TrainingMetrics metrics, double? first)
    {
        var training = metrics.Elapsed.TotalSeconds;
        if (first is not { } before)
            return training * metrics.BatchCount / metrics.Batch * Margin;
        var later = metrics.Epoch - 2 + ((double)metrics.Batch / metrics.BatchCount);
        return later >= 1 ? (training - before) / later * MarginOfEpochs : before * MarginOfEpochs;
    }

    /// <summary>The epochs of a warm-up, at most those that are trained.</summary>
    public static double? WarmUp(double? wanted, int epochs) => wanted > epochs ? epochs : wanted;
}
