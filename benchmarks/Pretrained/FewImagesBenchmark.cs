using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>From nothing, from pretrained weights and by ML.NET itself, with few images of each class. Finished trainings are kept, so that it may be ended and started again at any time.</summary>
internal static class FewImagesBenchmark
{
    // The quick ones first. At 32 pixels and by Auto only where --only names them.
    private static readonly string[] Ways = [PretrainedWays.Stock, PretrainedWays.Probe, PretrainedWays.FineTune, PretrainedWays.FromNothing];

    /// <param name="folder">FOLDER/{train,val or test}/class/*.</param>
    /// <param name="imagesOfClass">Training images of each class.</param>
    /// <param name="seeds">Each draws images of its own, the same for all ways.</param>
    /// <param name="testImages">Images of each class to judge by, at most; the first ones.</param>
    /// <param name="view">Size and crop of the images for our pretrained networks.</param>
    /// <param name="only">The ways to train by; none for all. The report has all ways in the log.</param>
    /// <param name="log">File of finished trainings.</param>
    /// <param name="command">The command line.</param>
    public static Report Run(string folder, IReadOnlyList<int> imagesOfClass, IReadOnlyList<int> seeds, int testImages, PretrainedView view, IReadOnlyList<string> only, string log, string command)
    {
        var all = Photograph.Of(Path.Combine(folder, "train"));
        var held = Directory.Exists(Path.Combine(folder, "val")) ? "val" : "test";
        List<Photograph> test = [.. Photograph.Of(Path.Combine(folder, held)).GroupBy(photograph => photograph.Name).SelectMany(group => group.Take(testImages))];
        var data = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var runs = new PretrainedLog(log);
        foreach (var way in only.Count > 0 ? only : Ways)
        {
            foreach (var (ofClass, seed) in imagesOfClass.SelectMany(ofClass => seeds.Select(seed => (ofClass, seed))))
                runs.Once(data, way, ofClass, seed, () => PretrainedWays.Run(data, way, Photograph.Draw(all, ofClass, seed), test, ofClass, seed, view));
        }
        return Write(data, [.. runs.Runs.Where(run => run.Data == data)], imagesOfClass, seeds, test.Count, command);
    }

    private static Report Write(string data, List<PretrainedRun> runs, IReadOnlyList<int> imagesOfClass, IReadOnlyList<int> seeds, int test, string command)
    {
        List<string> ways = [.. Ways.Concat([PretrainedWays.FromNothing32, PretrainedWays.Auto]).Where(way => runs.Any(run => run.Way == way))];
        var report = new Report();
        report.Heading(1, "Few images of each class");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{data}, {test} test images. Of each class as many training images as the table says, drawn by the seed, the same for all ways; nothing is held out for validation",
            "From nothing: the preset FewImages at 128 pixels unless the way says otherwise. Stock ML.NET, Probe and FineTune: the weights of Microsoft.ML.DnnImageFeaturizer.ResNet18; stock ML.NET chooses L2 and L1 by cross-validation",
        ]);
        foreach (var (title, figure, format) in new (string, Func<PretrainedRun, double>, string)[]
                 {
                     ("Accuracy, %", run => 100 * run.Accuracy, "0.0"), ("Log loss", run => run.LogLoss, "0.000"), ("Seconds of Fit", run => run.Seconds, "0"),
                 })
        {
            report.Heading(2, title);
            report.Table(["images of a class", .. ways], imagesOfClass.Select(ofClass => (IReadOnlyList<string>)
            [
                $"{ofClass}",
                .. ways.Select(way =>
                {
                    List<double> figures = [.. runs.Where(run => run.Way == way && run.ImagesOfClass == ofClass && seeds.Contains(run.Seed)).Select(figure)];
                    if (figures.Count == 0)
                        return "not run";
                    var spread = Spread.Of(figures);
                    return $"{Number(spread.Median, format)} ({Number(spread.Least, format)} to {Number(spread.Greatest, format)}{(figures.Count == seeds.Count ? "" : $", n = {figures.Count}")})";
                }),
            ]));
        }
        report.Paragraph($"Medians of {seeds.Count} seeds unless the cell says otherwise, with the least and the greatest. Seconds are those of a busy machine where the log was written beside other work, and count the time for which a program was paused: compare them no further than by tens.");
        return report;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
