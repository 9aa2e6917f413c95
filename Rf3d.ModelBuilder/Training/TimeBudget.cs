using System.Diagnostics;
using Microsoft.ML;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Finds out how many epochs fit into a time, by training for a tenth of it. A schedule of the learning rate that was made for these epochs ends with a better
/// model than a longer one that is cut off in the middle.
/// </summary>
internal static class TimeBudget
{
    private const double ProbeFraction = 0.1;
    private const int MostEpochs = 1000;

    // Validation, and what else an epoch has besides its batches.
    private const double Margin = 1.15;

    /// <param name="mlContext">The context to train with.</param>
    /// <param name="options">The options of the training, whose epochs do not count; checkpoints are not written.</param>
    /// <param name="data">The images.</param>
    /// <param name="seconds">The time for all of it.</param>
    /// <param name="clock">Runs since the command began.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Epochs that fit, at least 1; and how many seconds one takes. Null where no epochs are trained, but a classifier on pretrained features.</returns>
    public static (int Epochs, double EpochSeconds)? Probe(
        MLContext mlContext, TrainerOptions options, DataSets data, double seconds, Stopwatch clock, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = clock.Elapsed.TotalSeconds;
        (double EpochSeconds, double Overhead)? measured = null;
        options.Epoch = 1;
        options.CancellationToken = enough.Token;
        options.MetricsCallback = metrics =>
        {
            var training = metrics.Elapsed.TotalSeconds;
            measured = (training * metrics.BatchCount / metrics.Batch * Margin, clock.Elapsed.TotalSeconds - started - training);
            if (training >= seconds * ProbeFraction)
                enough.Cancel();
        };
        try
        {
            using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data.Train, data.Validation);
            if (model.History.Pretrained is { Adaptation: Adaptation.Probe })
                return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // What was to be found out is.
        }
        var (epoch, overhead) = measured ?? throw new InvalidOperationException("The trainer reported nothing.");
        // The images are read again.
        var left = seconds - clock.Elapsed.TotalSeconds - overhead;
        return ((int)Math.Clamp(left / epoch, 1, MostEpochs), epoch);
    }
}
