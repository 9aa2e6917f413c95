using Microsoft.ML;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>The number of epochs that fit into a time.</summary>
/// <param name="Epochs">Epochs, at least 1; 0 where none are trained.</param>
/// <param name="EpochSeconds">How many seconds one takes.</param>
/// <param name="Model">The finished model where no epochs are trained, but a classifier on pretrained features; else null.</param>
internal sealed record FittingTraining(int Epochs, double EpochSeconds, Rf3dImageClassificationTransformer? Model = null);

/// <summary>
/// Finds out how many epochs fit into a time, by training for a tenth of it. A schedule of the learning rate that was made for these epochs ends with a better
/// model than a longer one that is cut off in the middle.
/// </summary>
internal static class TimeBudget
{
    private const double ProbeFraction = 0.1;
    private const int MostEpochs = 1000;

    // Validation, and the other parts of an epoch than its batches.
    private const double Margin = 1.15;

    /// <param name="mlContext">The context to train with.</param>
    /// <param name="options">The options of the training, whose epochs are set to 1; checkpoints are not written.</param>
    /// <param name="data">The images.</param>
    /// <param name="seconds">The time for all of it.</param>
    /// <param name="elapsed">The time since the command began.</param>
    /// <param name="report">Receives the progress of a pass over the images for the features of a pretrained network, and the figures of the probe where that is all.</param>
    /// <param name="cancellation">Ends it.</param>
    public static FittingTraining Measure(
        MLContext mlContext, TrainerOptions options, DataSets data, double seconds, Func<TimeSpan> elapsed, Action<TrainingMetrics> report, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = elapsed().TotalSeconds;
        (double EpochSeconds, double Overhead)? measured = null;
        (options.Epoch, options.WarmUpEpochs) = (1, WarmUp(options.WarmUpEpochs, 1));
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
            measured = (training * metrics.BatchCount / metrics.Batch * Margin, elapsed().TotalSeconds - started - training);
            if (training >= seconds * ProbeFraction)
                enough.Cancel();
        };
        try
        {
            var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data.Train, data.Validation);
            if (measured is null)
                return new(0, 0, model);
            model.Dispose();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The times are measured.
        }
        var (epoch, overhead) = measured ?? throw new InvalidOperationException("The trainer reported nothing.");
        // The images are read again.
        var left = seconds - elapsed().TotalSeconds - overhead;
        return new((int)Math.Clamp(left / epoch, 1, MostEpochs), epoch);
    }

    /// <summary>The epochs of a warm-up, at most those that are trained.</summary>
    public static double? WarmUp(double? wanted, int epochs) => wanted > epochs ? epochs : wanted;
}
