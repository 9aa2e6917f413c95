using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.Benchmarks;

/// <summary>Accuracy on real images by a recipe, and the time that it takes to reach given accuracies.</summary>
internal static class AccuracyBenchmark
{
    /// <param name="folder">{train,val}/class/*, or test instead of val.</param>
    /// <param name="create">Creates the options for each seed.</param>
    /// <param name="seeds">One training each.</param>
    /// <param name="levels">Validation accuracies, from 0 to 1, whose time is reported.</param>
    /// <param name="command">The command line.</param>
    public static Report Run(string folder, Func<TrainerOptions> create, IReadOnlyList<int> seeds, IReadOnlyList<double> levels, string command)
    {
        var options = create();
        var rows = new List<string[]>();
        var accuracies = new List<double>();
        var notes = new List<string>();
        foreach (var seed in seeds)
        {
            var run = Train(folder, create(), seed);
            accuracies.Add(run.Accuracy);
            rows.Add(Row(seed, run, levels));
            notes = run.Notes;
            Console.WriteLine(string.Join("  ", rows[^1]));
        }

        var report = new Report();
        report.Heading(1, "Accuracy, and the time to it");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            .. notes,
            string.Create(CultureInfo.InvariantCulture, $"{options.Epoch?.ToString(CultureInfo.InvariantCulture) ?? "chosen"} epochs, batch {options.BatchSize}, {options.Optimizer}, {options.LearningRateSchedule} up to {options.LearningRate}, {(options.Reparameterization ? "with" : "without")} identity branches, the preset's other figures"),
            options.ValidationSetFraction == 0 ? "No images held out for validation; the last epoch is the model" : string.Create(CultureInfo.InvariantCulture, $"{options.ValidationSetFraction:0.###} of the training images held out for validation; the best epoch by it is the model"),
            "Test accuracy by ML.NET's Evaluate on images that training has not seen; times count from the call of Fit, reading and validation included",
        ]);
        var (median, least, greatest) = Spread.Of(accuracies);
        report.Paragraph($"Test accuracy: median {100 * median:0.00} % ({100 * least:0.00} to {100 * greatest:0.00}), n = {seeds.Count}.");
        report.Table(
            [
                "seed", "test accuracy, %", "minutes", "images/s", "validation by epoch, %",
                .. levels.Select(level => string.Create(CultureInfo.InvariantCulture, $"minutes to {100 * level:0} % in validation")),
            ],
            rows);
        return report;
    }

    private static Result Train(string folder, TrainerOptions options, int seed)
    {
        var mlContext = new MLContext(seed);
        var images = TrainAndTest.Load(mlContext, folder);
        options.Seed = seed;
        var start = Stopwatch.GetTimestamp();
        var reached = new List<TimeSpan>();
        options.MetricsCallback = metrics =>
        {
            if (!metrics.IsEpochEnd)
                return;
            // The classifier that a fine-tuning starts from is no epoch of it.
            if (metrics is { Phase: TrainingPhase.Epochs, Epoch: 1 })
                reached.Clear();
            reached.Add(Stopwatch.GetElapsedTime(start));
            Console.WriteLine($"seed {seed}: {metrics}");
        };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(images.Train);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var (cost, network) = (model.Plan.OptimizedCost, model.Plan.Optimized);
        return new(
            mlContext.MulticlassClassification.Evaluate(model.Transform(images.Test)).MicroAccuracy, elapsed, model.History.Epochs, reached,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{model.Plan.Original.Name} organized to [{string.Join(",", network.Stages.Select(stage => stage.Blocks.Length))}] for {network.Input}: {cost.Parameters:#,0} parameters, {cost.Macs / 1e6:0.0} M MACs; {model.History.TrainingImages:#,0} training images"),
            ]);
    }

    private static string[] Row(int seed, Result run, IReadOnlyList<double> levels) =>
    [
        $"{seed}",
        Number(100 * run.Accuracy, "0.00"),
        Number(run.Elapsed.TotalMinutes, "0.0"),
        Number(Spread.Of(run.Epochs.Select(epoch => epoch.ImagesPerSecond)).Median, "0"),
        run.Epochs[^1].ValidationAccuracy is null ? "no images held out" : string.Join(", ", run.Epochs.Select(epoch => Number(100 * epoch.ValidationAccuracy!.Value, "0.0"))),
        .. levels.Select(level =>
        {
            var epoch = run.Epochs.ToList().FindIndex(metrics => metrics.ValidationAccuracy >= level);
            return epoch < 0 ? "not reached" : Number(run.Reached[epoch].TotalMinutes, "0.0");
        }),
    ];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Result(double Accuracy, TimeSpan Elapsed, ImmutableArray<TrainingMetrics> Epochs, List<TimeSpan> Reached, List<string> Notes);
}
