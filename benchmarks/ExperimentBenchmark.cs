using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>An experiment against training each of its candidates to the end: the candidates that it trains, its time, and the quality of its pick.</summary>
internal static class ExperimentBenchmark
{
    /// <param name="folder">{train,test}/class/*.</param>
    /// <param name="images">Training images, a sample of train by class.</param>
    /// <param name="validation">Others of train, to compare the candidates on.</param>
    /// <param name="settings">The experiment.</param>
    /// <param name="command">The command line.</param>
    public static Report Run(string folder, int images, int validation, Rf3dExperimentSettings settings, string command)
    {
        var mlContext = new MLContext(settings.Seed);
        var all = mlContext.Data.LoadImageFolder(Path.Combine(folder, "train"));
        var test = TrainAndTest.Load(mlContext, folder).Test;
        var count = all.GetRowCount()!.Value;
        var sample = all.Split((images + validation) / (double)count, settings.Seed!.Value).Validation.Split(validation / (double)(images + validation), settings.Seed.Value);

        var start = Stopwatch.GetTimestamp();
        using var result = mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(sample.Train, sample.Validation, progressHandler: new Printer());
        var elapsed = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(result);

        var full = new Dictionary<string, Full>();
        foreach (var candidate in result.Candidates.Where(candidate => candidate.Plan is not null))
        {
            full[candidate.Name] = Train(mlContext, candidate, sample, test);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{candidate.Name}: {full[candidate.Name]}"));
        }
        var pick = mlContext.MulticlassClassification.Evaluate(result.BestRun.Model!.Transform(test)).MicroAccuracy;
        var best = full.MaxBy(entry => entry.Value.Test);

        var report = new Report();
        report.Heading(1, "An experiment against training all of its candidates");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            string.Create(CultureInfo.InvariantCulture, $"{images:#,0} training images, {validation:#,0} others to compare candidates on, a sample by class; {settings.TrainerOptions.Epoch} epochs, batch {settings.TrainerOptions.BatchSize}, the trainer's other defaults, seed {settings.Seed}, n = 1"),
            string.Create(CultureInfo.InvariantCulture, $"The experiment: at most {settings.MaxModels} candidates, {settings.MaxExperimentTimeInSeconds} s, MaxMacs {settings.MaxMacs?.ToString("#,0", CultureInfo.InvariantCulture) ?? "not set"}"),
            "Test accuracy by ML.NET's Evaluate on all test images, which neither sees; \"in full\" is each candidate trained to the end outside the experiment",
        ]);
        report.Paragraph(
            $"The experiment took {elapsed.TotalSeconds:0} s and trained {result.RunDetails.Count(detail => detail.Epochs == settings.TrainerOptions.Epoch)} candidates to the end; training all takes {full.Values.Sum(entry => entry.Seconds):0} s. Its pick, {result.BestRun.TrainerName}, has a test accuracy of {100 * pick:0.00} %; the best of all, {best.Key}, has {100 * best.Value.Test:0.00} %: {100 * (best.Value.Test - pick):0.00} points more.");
        report.Table(
            ["candidate", "parameters", "M MACs", "KB", "ms", "gain", "rank", "verdict", "epochs", "validation, %", "in full: validation, %", "test, %", "seconds"],
            result.Candidates.Select(candidate => Row(candidate, full.GetValueOrDefault(candidate.Name))));
        report.Heading(2, "Why each was kept or dropped");
        report.List(result.Candidates.Select(candidate => $"{candidate.Name}: {candidate.Verdict}, {candidate.Reason}"));
        return report;
    }

    private static Full Train(MLContext mlContext, Rf3dCandidate candidate, ImageFolderSplit sample, IDataView test)
    {
        var start = Stopwatch.GetTimestamp();
        using var model = candidate.Estimator.Fit(sample.Train, sample.Validation);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(Evaluate(sample.Validation), Evaluate(test), seconds);

        double Evaluate(IDataView data) => mlContext.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy;
    }

    private static string[] Row(Rf3dCandidate candidate, Full? full) =>
    [
        candidate.Name,
        Number(candidate.Plan?.OptimizedCost.Parameters, "#,0"),
        Number(candidate.Plan?.OptimizedCost.Macs / 1e6, "0.0"),
        Number(candidate.ModelBytes / 1e3, "#,0"),
        Number(candidate.LatencyMilliseconds, "0.00"),
        Number(candidate.Gain, "0.0000"),
        Number(candidate.Rank, "0"),
        candidate.Verdict.ToString(),
        Number(candidate.Epochs, "0"),
        Number(100 * candidate.Score, "0.00"),
        Number(100 * full?.Validation, "0.00"),
        Number(100 * full?.Test, "0.00"),
        Number(full?.Seconds, "0"),
    ];

    private static string Number(IFormattable? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private sealed record Full(double Validation, double Test, double Seconds);

    private sealed class Printer : IProgress<Rf3dRunDetail>
    {
        public void Report(Rf3dRunDetail value) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{value.TrainerName}: {value.Epochs} epochs, {value.Score:0.0000}, {value.RuntimeInSeconds:0} s{(value.Exception is null ? "" : $", {value.Exception.Message}")}"));
    }
}
