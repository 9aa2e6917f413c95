using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>Starting from pretrained weights beside ML.NET's own way with the same weights, in one run.</summary>
internal static class PretrainedBenchmark
{
    private const int Resamples = 10_000;
    private const int ImagesToCompare = 100;

    private static readonly string[] BySeed = [PretrainedWays.Stock, PretrainedWays.Probe, PretrainedWays.ProbeFlip, PretrainedWays.Auto];
    private static readonly string[] Once = [PretrainedWays.ChannelMeans, PretrainedWays.Whole224, PretrainedWays.Whole256];

    /// <param name="folder">FOLDER/{train,val}/class/*.</param>
    /// <param name="seeds">Each trains once by most ways, in turns; the first one also by those that are measured once.</param>
    /// <param name="log">File of finished trainings; null to train all of them.</param>
    /// <param name="command">The command line.</param>
    public static Report Run(string folder, IReadOnlyList<int> seeds, string? log, string command)
    {
        var (train, test) = (Photograph.Of(Path.Combine(folder, "train")), Photograph.Of(Path.Combine(folder, "val")));
        // No way pays for the first reading of the files.
        foreach (var photograph in train.Concat(test))
            _ = File.ReadAllBytes(photograph.Path);
        var data = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var runs = new PretrainedLog(log);
        foreach (var seed in seeds)
        {
            foreach (var way in seed == seeds[0] ? BySeed.Concat(Once) : BySeed)
                runs.Once(data, way, 0, seed, () => PretrainedWays.Run(data, way, train, test, 0, seed, new()));
        }
        var photographs = Photograph.Draw(train, ImagesToCompare / train.DistinctBy(photograph => photograph.Name).Count(), seed: 1);
        var (exact, means) = (FeatureAgreement.Measure(PretrainedWays.Probe, photographs), FeatureAgreement.Measure(PretrainedWays.ChannelMeans, photographs));

        var report = new Report();
        report.Heading(1, "Pretrained weights, beside what ML.NET does with them");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{data}: {train.Count} training images and {test.Count} others, by which all are judged; nothing is held out for validation",
            "Weights of all ways: the package Microsoft.ML.DnnImageFeaturizer.ResNet18",
            "Stock ML.NET: LoadImages, ResizeImages to 224 × 224, ExtractPixels, DnnFeaturizeImage, LbfgsMaximumEntropy. Features are computed once and kept; five-fold cross-validation on the training images chooses L2 out of 0.01 to 100 and L1 out of 0 and 1 by the log loss",
            "Ours: LoadImages and the trainer, everything else by default, so that the network sees the middle 224 pixels of 256",
            "Seconds are those of the whole Fit, from the files on, in one process; scoring the test images is not in them",
        ]);
        report.Table(["way", "accuracy, %", "log loss", "seconds", "n", "chosen (first seed)"], BySeed.Concat(Once).Select(way => Row(way, Of(way))));
        report.Paragraph($"Medians, with the least and the greatest where there are several seeds ({string.Join(", ", seeds)}).");

        report.Heading(2, "Differences");
        report.Paragraph($"Paired over the {test.Count} test images, each with the mean of its seeds: mean and 95 % interval of {Resamples:#,0} resamples of the images. Above 0 the first way has more hits, or a higher loss.");
        report.Table(
            ["ways", "accuracy, points", "log loss"],
            [
                Differences(PretrainedWays.Probe, PretrainedWays.Stock),
                Differences(PretrainedWays.ProbeFlip, PretrainedWays.Stock),
                Differences(PretrainedWays.ProbeFlip, PretrainedWays.Probe),
                Differences(PretrainedWays.Auto, PretrainedWays.Probe),
                Differences(PretrainedWays.Probe, PretrainedWays.Whole256),
                Differences(PretrainedWays.Probe, PretrainedWays.Whole224),
                Differences(PretrainedWays.ChannelMeans, PretrainedWays.Probe),
            ]);

        report.Heading(2, "Features");
        report.Paragraph($"Features of the trained model, as ML.NET's Transform gives them, against those of DnnFeaturizeImage on the same pixels (the middle 224 of 256) of {exact.Images} training photographs. Of each image the largest difference of a feature, as a share of its largest feature:");
        report.Table(["normalised by", "median of the images", "largest"], [AgreementRow("the mean image", exact), AgreementRow("the mean of each channel", means)]);
        return report;

        List<PretrainedRun> Of(string way) => [.. runs.Runs.Where(run => run.Data == data && run.Way == way && run.ImagesOfClass == 0 && seeds.Contains(run.Seed))];

        string[] Differences(string first, string second)
        {
            var (hits, losses) = (Means(first, run => run.Hits.Select(isHit => isHit ? 100.0 : 0)), Means(first, run => run.Losses));
            var (otherHits, otherLosses) = (Means(second, run => run.Hits.Select(isHit => isHit ? 100.0 : 0)), Means(second, run => run.Losses));
            return [$"{first} − {second}", Interval([.. hits.Zip(otherHits, (a, b) => a - b)], "0.00"), Interval([.. losses.Zip(otherLosses, (a, b) => a - b)], "0.0000")];
        }

        double[] Means(string way, Func<PretrainedRun, IEnumerable<double>> figures)
        {
            var all = Of(way).ConvertAll(run => figures(run).ToArray());
            return [.. Enumerable.Range(0, test.Count).Select(image => all.Average(run => run[image]))];
        }
    }

    private static string Interval(double[] differences, string format)
    {
        var result = PairedBootstrap.Of(differences, Resamples, seed: 1);
        return $"{Number(result.Mean, format)} ({Number(result.Low, format)} to {Number(result.High, format)})";
    }

    private static string[] Row(string way, List<PretrainedRun> runs) =>
    [
        way,
        Text(runs.Select(run => 100 * run.Accuracy), "0.00"),
        Text(runs.Select(run => run.LogLoss), "0.0000"),
        Text(runs.Select(run => run.Seconds), "0.0"),
        $"{runs.Count}",
        runs[0].Note,
    ];

    private static string[] AgreementRow(string name, FeatureAgreement agreement) => [name, Number(agreement.Typical, "0.0E+0"), Number(agreement.Largest, "0.0E+0")];

    private static string Text(IEnumerable<double> values, string format)
    {
        var spread = Spread.Of(values);
        return spread.Least == spread.Greatest ? Number(spread.Median, format) : $"{Number(spread.Median, format)} ({Number(spread.Least, format)} to {Number(spread.Greatest, format)})";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
