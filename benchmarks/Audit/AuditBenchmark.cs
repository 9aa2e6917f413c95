using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The settings of the benchmark of audits.</summary>
internal sealed record AuditPlan(string[] Folders, int ImagesOfClass, int[] Sizes, int[] Repetitions, int[] Seeds, int Copies);

/// <summary>
/// Changes a twentieth of the labels on purpose and counts how many of them are among the first images that an audit lists; features are computed once, all that depends on labels again for each draw. And changes copies of
/// images and counts how many the audit takes for duplicates.
/// </summary>
internal static class AuditBenchmark
{
    private const double Listed = 0.08;

    private sealed record Found(double First, double Doubted, double Precision, double Accuracy, double Seconds);

    public static Report Run(AuditPlan plan, string commandLine)
    {
        var report = new Report();
        report.Heading(1, "Audits: wrong labels and duplicates");
        report.Paragraph($"`{commandLine}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            string.Create(CultureInfo.InvariantCulture, $"{LabelFlips.Share:P0} of the labels are changed, each to another class, all as probable; {plan.Seeds.Length} draws. Features are computed once, from the images of all parts; the rest of the audit runs again for each draw"),
            string.Create(CultureInfo.InvariantCulture, $"At most {plan.ImagesOfClass} images of each class of each part, the first by name"),
            "Labels that were wrong before are in the lists, too, and count as false alarms",
        ]);
        report.Heading(2, "Changed labels");
        report.Table(
            ["images", "size", "repetitions", string.Create(CultureInfo.InvariantCulture, $"changed labels among the first {Listed:P0} listed, %"), "among those in doubt, %", "of those in doubt changed, %", "cross-validated accuracy with changed labels, %", "seconds to read", "seconds to compare and judge"],
            plan.Folders.SelectMany(folder => plan.Sizes.SelectMany(size => Rows(plan, folder, size))));
        report.Paragraph($"Means of the draws, with the least and the greatest. Seconds are those of this run, which may not have had the machine to itself; they are medians.");
        if (plan.Copies > 0)
            CopiesBenchmark.Run(plan, report);
        return report;
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(AuditPlan plan, string folder, int size)
    {
        var mlContext = new MLContext(1);
        var options = new ImageAuditOptions { ImageSize = size == 0 ? null : size };
        var clock = Stopwatch.StartNew();
        using var reading = new ImageAuditRun(MLNetInternals.GetEnvironment(mlContext.MulticlassClassification), options.CheckedCopy()).Read(AuditData.Parts(mlContext, folder, plan.ImagesOfClass));
        var seconds = clock.Elapsed.TotalSeconds;
        foreach (var repetitions in plan.Repetitions)
        {
            options.Repetitions = repetitions;
            var found = plan.Seeds.Select(seed => Find(reading, options, seed)).ToList();
            yield return
            [
                string.Create(CultureInfo.InvariantCulture, $"{AuditData.NameOf(folder)}, {reading.Parts.Sum(part => part.Rows.Length):#,0}"),
                $"{reading.Size}",
                $"{repetitions}",
                Percent(found.Select(each => each.First)),
                Percent(found.Select(each => each.Doubted)),
                Percent(found.Select(each => each.Precision)),
                Percent(found.Select(each => each.Accuracy)),
                string.Create(CultureInfo.InvariantCulture, $"{seconds:0}"),
                string.Create(CultureInfo.InvariantCulture, $"{Spread.Of(found.Select(each => each.Seconds)).Median:0.0}"),
            ];
        }
    }

    private static Found Find(AuditReading reading, ImageAuditOptions options, int seed)
    {
        var clock = Stopwatch.StartNew();
        var (parts, changed) = LabelFlips.Draw(reading.Parts, seed);
        var audit = (reading with { Parts = parts }).Judge(options);
        var ranked = audit.ByLabelDoubt();
        var first = ranked.Take((int)(Listed * audit.Images.Length)).Count(IsChanged);
        var doubted = audit.With(ImageFindingKind.LabelDoubt);
        var found = new Found((double)first / changed.Count, (double)doubted.Count(IsChanged) / changed.Count, (double)doubted.Count(IsChanged) / Math.Max(1, doubted.Length), audit.CrossValidatedAccuracy ?? 0, clock.Elapsed.TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reading.Size}, {options.Repetitions} repetitions, draw {seed}: {found.First:P1} of {changed.Count} first, {found.Doubted:P1} doubted of {doubted.Length}, accuracy {found.Accuracy:P1}, {found.Seconds:0.0} s; {string.Join(", ", Enum.GetValues<ImageFindingKind>().Select(kind => $"{kind} {audit.With(kind).Length}"))}"));
        return found;

        bool IsChanged(AuditedImage image) => changed.Contains((image.Split, image.Row));
    }

    private static string Percent(IEnumerable<double> shares)
    {
        var values = shares.Select(share => 100 * share).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{values.Average():0.0} ({values.Min():0.0} to {values.Max():0.0})");
    }
}
