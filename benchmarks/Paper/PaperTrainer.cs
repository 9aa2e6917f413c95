using System.Diagnostics;
using Rf3d.MLNet;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.Benchmarks;

/// <summary>
/// Trains rows in this process, by the trainer's own session. No images are held out, so that the model is the last epoch's whatever the test images say, and
/// the weights that it ends with are scored on the device in float32, as the saved model would be.
/// </summary>
internal sealed class PaperTrainer : IPaperTrainer, IDisposable
{
    // On a GPU a training is over sooner.
    private static readonly TimeSpan WorthTelling = TimeSpan.FromMinutes(1);

    // The settings in the text, and the usual padding and flips; no identity branches, which would hide the differences of the rows.
    private static readonly TrainerOptions Paper = TrainerOptions.FromPreset(TrainingPreset.PaperCifar);

    private static readonly ChannelStatistics Statistics = new([.. Paper.ChannelMean!.Select(OfBytes)], [.. Paper.ChannelStandardDeviation!.Select(OfBytes)]);

    private readonly PaperRecipe _recipe;
    private readonly Device _device;
    private readonly PaperImages _images;
    private readonly string _card;
    private readonly Dictionary<int, PaperTable> _tables = PaperTables.Numbers.ToDictionary(number => number, PaperTables.Of);

    /// <exception cref="ArgumentException">The folder lacks images.</exception>
    public PaperTrainer(string folder, PaperRecipe recipe)
    {
        _recipe = recipe;
        _device = recipe.Device == "cpu" ? CPU : new Device(DeviceType.CUDA, 0);
        _images = PaperImages.Load(folder, _device);
        _card = HardwareFingerprint.Card(_device);
    }

    public PaperResult Train(PaperTraining training)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        var layout = NetworkLayout.Of(_tables[training.Table][training.Row].Network);
        var session = new TrainingSession(layout, Settings(training.Seed), _images.Training(_recipe.Images), validation: null, Statistics)
        {
            Report = metrics =>
            {
                if (metrics.IsEpochEnd && metrics.Elapsed > WorthTelling)
                    Console.Error.WriteLine($"{training.Row}, seed {training.Seed}: {metrics}");
            },
        };
        TrainedNetwork? trained;
        try
        {
            trained = session.Run(CancellationToken.None);
        }
        // Where the first epoch comes to nothing; where a later one does, the history says so.
        catch (OptionConflictException)
        {
            trained = null;
        }
        var isWhole = trained?.History.StopReason is TrainingStopReason.Completed;
        var accuracy = isWhole ? TestScore.Of(layout, trained!.Weights, new(_images.Test, TensorArithmetic.Range(_images.Test.Count)), Statistics, Settings(training.Seed)) : (double?)null;
        var last = isWhole ? trained!.History.Epochs[^1] : null;
        return new(
            training, _recipe, accuracy, last?.Accuracy, _images.Test.Count, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 2), last is null ? null : Math.Round(last.ImagesPerSecond),
            _card, HardwareFingerprint.Versions);
    }

    public void Dispose() => _images.Dispose();

    private TrainingSettings Settings(int seed) => new(
        Paper.With(recipe => (recipe.BatchSize, recipe.Epoch, recipe.LearningRate, recipe.LearningRateSchedule) = (_recipe.Batch, _recipe.Epochs, _recipe.LearningRate, _recipe.Schedule)),
        seed,
        _device)
    {
        Precision = _recipe.Precision,
    };

    private static float OfBytes(double share) => (float)(255 * share);
}
