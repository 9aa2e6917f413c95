using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>
/// A pretrained network against its organized form with the same weights: repeated cross-validation of a probe on the features of both, paired over all photographs.
/// Finished repeats are kept, so that it may be ended and started again at any time.
/// </summary>
internal static class OrganizedBenchmark
{
    private const int Folds = 5;
    private const int Resamples = 10_000;

    /// <param name="folder">FOLDER/{train,val}/class/*, all of which are one set here.</param>
    /// <param name="sizes">Height and width that the networks see.</param>
    /// <param name="repeats">Each spreads the photographs over other folds.</param>
    /// <param name="log">File of finished repeats.</param>
    /// <param name="command">The command line.</param>
    public static Report Run(string folder, IReadOnlyList<int> sizes, IReadOnlyList<int> repeats, string log, string command)
    {
        List<Photograph> photographs = [.. Photograph.Of(Path.Combine(folder, "train")), .. Photograph.Of(Path.Combine(folder, "val"))];
        var data = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var runs = new PretrainedLog(log);
        var tasks = new List<OrganizedFeatures>();
        foreach (var size in sizes)
        {
            var features = new OrganizedFeatures(photographs, size);
            tasks.Add(features);
            foreach (var network in OrganizedFeatures.Networks)
            {
                foreach (var repeat in repeats)
                    runs.Once(data, Way(network, size), 0, repeat, () => CrossValidate(features, network, data, Way(network, size), repeat));
            }
        }
        var report = Write(data, [.. runs.Runs.Where(run => run.Data == data)], tasks, repeats, photographs.Count, command);
        tasks.ForEach(features => features.Dispose());
        return report;
    }

    private static string Way(string network, int size) => string.Create(CultureInfo.InvariantCulture, $"{network}, {size} pixels");

    private static PretrainedRun CrossValidate(OrganizedFeatures features, string network, string data, string way, int repeat)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (hits, losses) = features.CrossValidate(network, Folds, repeat);
        return new(data, way, 0, repeat, clock.Elapsed.TotalSeconds, hits, losses, features.Note(network));
    }

    private static Report Write(string data, List<PretrainedRun> runs, List<OrganizedFeatures> tasks, IReadOnlyList<int> repeats, int count, string command)
    {
        var report = new Report();
        report.Heading(1, "A pretrained network, organized and whole");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{data}: all {count} photographs, {repeats.Count} times {Folds}-fold cross-validation; each photograph is judged {repeats.Count} times by classifiers that did not learn it, and each classifier chooses its penalty by cross-validation of its own",
            "Weights: the package Microsoft.ML.DnnImageFeaturizer.ResNet18, units [2, 2, 2, 3]. Only the classifier learns, from the features of photographs and mirror images",
            FormattableString.Invariant($"Organized: the organizer's plan with a budget of {OrganizedFeatures.ShareOfParameters:P0} of the whole network's parameters. Blocks that it adds begin as the identity"),
            FormattableString.Invariant($"Matched: the organized network's features were then matched to those of the whole one, once for each size, on {Math.Min(FeatureMatching.MostImages, count)} photographs, as a training does it. Matching uses no labels, but it saw photographs that are judged afterwards: a network matched on the learned folds alone may do a little worse"),
        ]);
        report.Table(
            ["network", "units", "parameters, million", "multiply-accumulates, million", "accuracy, %", "log loss", "repeats"],
            from task in tasks
            from network in OrganizedFeatures.Networks
            let own = Of(network, task.Size)
            where own.Count > 0
            let cost = task.CostOf(network)
            select (IReadOnlyList<string>)[Way(network, task.Size), task.UnitsOf(network), Number(cost.Parameters / 1e6, "0.00"), Number(cost.Macs / 1e6, "0"), Number(own.Average(run => 100 * run.Accuracy), "0.00"), Number(own.Average(run => run.LogLoss), "0.0000"), $"{own.Count}"]);
        report.Heading(2, "Differences");
        report.Paragraph($"Paired over the photographs, each with the mean of its repeats: mean and 95 % interval of {Resamples:#,0} resamples of the photographs. Above 0 the first network has more hits, or a higher loss.");
        report.Table(
            ["networks", "accuracy, points", "log loss"],
            from task in tasks
            from network in OrganizedFeatures.Networks.Skip(1)
            let pair = (First: Of(network, task.Size), Second: Of(OrganizedFeatures.Whole, task.Size))
            where pair.First.Count > 0 && pair.Second.Count > 0
            select (IReadOnlyList<string>)
            [
                $"{network} − {OrganizedFeatures.Whole}, {task.Size} pixels",
                Interval(pair.First, pair.Second, run => [.. run.Hits.Select(isHit => isHit ? 100.0 : 0)], "0.00"),
                Interval(pair.First, pair.Second, run => run.Losses, "0.0000"),
            ]);
        return report;

        List<PretrainedRun> Of(string network, int size) => [.. runs.Where(run => run.Way == Way(network, size) && repeats.Contains(run.Seed))];
    }

    private static string Interval(List<PretrainedRun> first, List<PretrainedRun> second, Func<PretrainedRun, double[]> figures, string format)
    {
        var (one, other) = (Means(first), Means(second));
        var result = PairedBootstrap.Of([.. one.Zip(other, (a, b) => a - b)], Resamples, seed: 1);
        return $"{Number(result.Mean, format)} ({Number(result.Low, format)} to {Number(result.High, format)})";

        double[] Means(List<PretrainedRun> runs)
        {
            var all = runs.ConvertAll(run => figures(run));
            return [.. Enumerable.Range(0, all[0].Length).Select(image => all.Average(run => run[image]))];
        }
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
