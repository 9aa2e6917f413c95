using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The report on images unlike all classes, and on calibration.</summary>
internal static class UnknownReport
{
    private static readonly int[] Sizes = [25, 50, 100, 200, 400, 1000];

    private const int Draws = 200;

    public static Report Write(IReadOnlyList<(string Task, int Seed, OpenSetSplit Split)> splits, string command)
    {
        var report = new Report();
        report.Heading(1, "Images unlike all classes, and calibration");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            "cifar: ResNet18Slim at half its width, from random weights, 10 epochs of 5,000 images of seven classes of CIFAR-10; 1,000 others of them for validation, 2,000 to test. The three other classes, drawn by the seed, are unknown",
            "cifar-pretrained: a classifier on the features of resnet18.mlnet_in1k at 64 pixels, 1,400 images of seven classes, 350 for validation, 1,000 to test",
            "photographs: the same at the default size, half of 398 photographs of ants and bees, a tenth for validation, the rest to test",
            "Unknown images: classes of CIFAR-10 that were held out; photographs of ants and bees; and photographs from elsewhere: 108 squares of 27 photographs (flowers, grass, water, mountains, rooms) of the Debian packages mate-backgrounds and lomiri-wallpapers-16.04",
            "AUROC: the probability that a known test image has a higher score than an unknown one; 0.5 is by chance. Mean and standard deviation of the seeds. Seconds are those of a machine that was busy with other work",
        ]);
        foreach (var task in splits.Select(split => split.Task).Distinct())
        {
            var own = splits.Where(split => split.Task == task).ToList();
            report.Heading(2, task);
            Calibration(report, own);
            Ranks(report, own);
        }
        Few(report, splits);
        return report;
    }

    private static void Calibration(Report report, List<(string Task, int Seed, OpenSetSplit Split)> splits) => report.Table(
        ["seed", "training, s", "accuracy", "temperature", "log loss before", "after", "calibration error before", "after", ""],
        splits.Select(entry =>
        {
            var calibration = TemperatureChoice.Of(TemperatureStudy.Logits(entry.Split, ImagePart.Validation), fewest: 1)!;
            var test = TemperatureStudy.Logits(entry.Split, ImagePart.Known);
            var hits = Enumerable.Range(0, test.Count).Count(image => test.PredictedOf(image) == test.Labels[image]);
            var (before, after) = (Of(test, 1), Of(test, calibration.Temperature));
            return (IReadOnlyList<string>)
            [
                $"{entry.Seed}", Number(entry.Split.Seconds, "0"), Number(100.0 * hits / test.Count, "0.0 '%'"), Number(calibration.Temperature, "0.000"), Number(before.LogLoss, "0.0000"), Number(after.LogLoss, "0.0000"),
                Number(100 * before.Error, "0.0 '%'"), Number(100 * after.Error, "0.0 '%'"), entry.Split.Note,
            ];
        }));

    private static (double LogLoss, double Error) Of(HeldOutLogits test, double temperature) =>
        (TemperatureFit.Losses(test, temperature).Average(), TemperatureChoice.ErrorOf(test, temperature));

    private static void Ranks(Report report, List<(string Task, int Seed, OpenSetSplit Split)> splits)
    {
        List<(string Score, string Unknown, double Auroc)> all = [];
        foreach (var (_, _, split) in splits)
        {
            var temperature = TemperatureChoice.Of(TemperatureStudy.Logits(split, ImagePart.Validation), fewest: 1)!.Temperature;
            var scores = new OpenSetScores(split, temperature);
            var known = scores.Of(split.Part(ImagePart.Known));
            foreach (var unknown in split.Unknown)
            {
                foreach (var (name, values) in scores.Of(unknown))
                    all.Add((name, unknown.Name, OpenSetScores.Auroc(known[name], values)));
            }
        }
        List<string> sets = [.. all.Select(entry => entry.Unknown).Distinct()];
        report.Table(["AUROC", .. sets.SelectMany(set => new[] { set, "splits in which it is above the highest probability" })], all.Select(entry => entry.Score).Distinct().Select(score => (IReadOnlyList<string>)
        [
            score,
            .. sets.SelectMany(set =>
            {
                var (own, usual) = (Values(score, set), Values(OpenSetScores.Confidence, set));
                var mean = own.Average();
                var deviation = Math.Sqrt(own.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, own.Count - 1));
                return new[] { $"{Number(mean, "0.000")} ± {Number(deviation, "0.000")}", score == OpenSetScores.Confidence ? "" : $"{own.Zip(usual).Count(pair => pair.First > pair.Second)} of {own.Count}" };
            }),
        ]));

        List<double> Values(string score, string set) => [.. all.Where(entry => entry.Score == score && entry.Unknown == set).Select(entry => entry.Auroc)];
    }

    private static void Few(Report report, IReadOnlyList<(string Task, int Seed, OpenSetSplit Split)> splits)
    {
        report.Heading(2, "How few images a temperature can be chosen on");
        report.Paragraph($"Of the validation images so many are drawn, {Draws} times for each seed, and the log loss of the test images is compared with that of a temperature of 1. A temperature is used only if it lowers the log loss in cross-validation.");
        report.Table(
            ["task", "images", "used", "mean change of the log loss", "it rose in", "one draw in twenty is worse than"],
            splits.Select(split => split.Task).Distinct().SelectMany(task => Sizes.Select(size => (task, size))).Select(row =>
            {
                List<TemperatureStudy> studies = [.. splits.Where(split => split.Task == row.task).Select(split => TemperatureStudy.Of(split.Split, row.size, Draws)).OfType<TemperatureStudy>()];
                return studies.Count == 0 ? null : (IReadOnlyList<string>)
                [
                    row.task, $"{row.size}", Number(100 * studies.Average(study => study.Used), "0 '%'"), Number(studies.Average(study => study.MeanChange), "+0.0000;-0.0000"),
                    Number(100 * studies.Average(study => study.Worse), "0 '%'"), Number(studies.Average(study => study.Worst), "+0.0000;-0.0000"),
                ];
            }).OfType<IReadOnlyList<string>>());
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
