using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>Accuracy and time by the number of images in a step, and by the learning rate, on images that are decoded once.</summary>
internal static class BatchAccuracy
{
    /// <param name="Folder">FOLDER/{train,test}/class/*.</param>
    /// <param name="Device">Where.</param>
    /// <param name="Architecture">The network, as it is or organized.</param>
    /// <param name="IsOrganized">Whether it is.</param>
    /// <param name="Epochs">Passes.</param>
    /// <param name="Runs">Images in a step, 0 for the number that the trainer works out, and the learning rate, as in "512:0.2"; without one it is the trainer's for so many.</param>
    /// <param name="Optimizer">Muon with identity branches.</param>
    /// <param name="Seeds">Each run by each of them, after a training of one epoch in which the device gets ready.</param>
    /// <param name="Seconds">After so many seconds nothing new is begun.</param>
    /// <param name="Most">Images to train on, and to measure on, at most.</param>
    public sealed record Request(
        string Folder, Device Device, Architecture Architecture, bool IsOrganized, int Epochs, IReadOnlyList<string> Runs, TrainingOptimizer Optimizer, IReadOnlyList<int> Seeds, double Seconds, int Most);

    public static Report Run(Request request, string command)
    {
        var start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        using var training = Load(Path.Combine(request.Folder, "train"), request.Device);
        using var test = Load(Path.Combine(request.Folder, "test"), request.Device);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{training.Count} and {test.Count} images decoded in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
        var network = ConvNetFactory.Create(request.Architecture, 32, 32, 10);
        if (request.IsOrganized)
            network = NetworkPlan.Create(network, new OrganizerOptions(), Decomposition.Off).Optimized;
        var layout = NetworkLayout.Of(network);
        var all = arange(training.Count);
        if (request.Most < training.Count)
            all = all.narrow(0, 0, request.Most).mul(training.Count / request.Most);
        var statistics = training.Index.Measure(all.data<long>().ToArray());
        var precision = PrecisionChoice.Choose(TrainingPrecision.Auto, null, request.Device, _ => { });
        var report = new Report();
        report.Heading(1, "Accuracy by the number of images in a step");
        report.Paragraph($"`{command}`");
        report.List([.. HardwareFingerprint.Torch, $"{HardwareFingerprint.Card(request.Device)}; {network.Name} [{string.Join(",", network.GetStageDepths())}], {request.Epochs} epochs, {request.Optimizer}, the trainer's other defaults, {all.shape[0]} training images; weights of the last epoch on {Math.Min(test.Count, request.Most)} test images; one epoch before the first training is not counted"]);
        var rows = new List<string[]>();
        var (learned, measured) = (new ImageSubset(training, all), new ImageSubset(test, arange(Math.Min(test.Count, request.Most))));
        foreach (var run in request.Runs)
        {
            var (size, rate) = Choose(request, run, all.shape[0], layout, precision);
            if (rows.Count == 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one epoch to warm up: {Train(1, request.Seeds[0]).Seconds:0.0} s"));
            foreach (var seed in request.Seeds)
            {
                if (Stopwatch.GetElapsedTime(start).TotalSeconds > request.Seconds)
                    break;
                var (trained, seconds) = Train(request.Epochs, seed);
                var last = trained.History.Epochs[^1];
                rows.Add(
                [
                    run, $"{size}", rate.ToString("0.####", CultureInfo.InvariantCulture), $"{seed}",
                    Percent(TestScore.Of(layout, trained.Weights, measured, statistics, Settings(request, size, rate, precision, 1, seed))), Percent(last.Accuracy),
                    Spread.Of(trained.History.Epochs.Select(epoch => epoch.ImagesPerSecond)).Median.ToString("0", CultureInfo.InvariantCulture), seconds.ToString("0.0", CultureInfo.InvariantCulture),
                ]);
                Console.WriteLine($"{network.Name} {request.Optimizer} {request.Epochs} epochs  {string.Join("  ", rows[^1])}");
            }

            (TrainedNetwork Trained, double Seconds) Train(int epochs, int seed)
            {
                var begin = Stopwatch.GetTimestamp();
                var trained = new TrainingSession(layout, Settings(request, size, rate, precision, epochs, seed), learned, null, statistics).Run(default);
                return (trained, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
        }
        report.Table(["asked for", "images a step", "learning rate", "seed", "test accuracy, %", "training accuracy, %", "images/s", "seconds of training"], rows);
        return report;
    }

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture);

    private static (int Size, double Rate) Choose(Request request, string run, long images, NetworkLayout layout, TrainingPrecision precision)
    {
        var parts = run.Split(':');
        var size = int.Parse(parts[0], CultureInfo.InvariantCulture);
        var isGpu = request.Device.type == DeviceType.CUDA;
        var choice = size > 0
            ? new BatchChoice(size, BatchChoice.RateFor(size), "")
            : BatchChoice.Of(null, null, images, layout, isGpu, isGpu ? CudaDriver.UsableBytes(request.Device.index) : null, batch => TrainingMemory.Of(layout, new(), precision, StepForms.Gpu, batch, default));
        return (choice.Size, parts.Length > 1 ? double.Parse(parts[1], CultureInfo.InvariantCulture) : choice.LearningRate);
    }

    private static TrainingSettings Settings(Request request, int batch, double rate, TrainingPrecision precision, int epochs, int seed) =>
        new(new() { BatchSize = batch, Epoch = epochs, LearningRate = rate, Optimizer = request.Optimizer, Reparameterization = request.Optimizer == TrainingOptimizer.Muon }, seed, request.Device)
        {
            Precision = precision,
        };

    private static ImageSet Load(string folder, Device device)
    {
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadImageFolder(folder);
        var rows = new ImageRows(images, "Label", new ImagePreprocessing { ImageColumnName = "Image", Height = 32, Width = 32 }, mlContext.Transforms);
        var chunks = new ImageChunks(rows.ImageBytes, long.MaxValue);
        var found = ImageIndexer.Read(rows, chunks, CancellationToken.None);
        using var store = new MemoryImageStore(chunks, found.Places, found.Index, device);
        return new(found.Index, new DeviceImageStore(store, found.Index, device));
    }
}
