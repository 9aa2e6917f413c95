using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The report of the benchmark.</summary>
internal sealed class OnnxApplicationsReport(string command, bool isBusy)
{
    public Report Write(PublishedPrograms programs, IReadOnlyList<ScoredSet> sets, IReadOnlyList<FirstAnswer> answers, BrowserResult? browser)
    {
        var report = new Report();
        report.Heading(1, "Applications on ONNX Runtime");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Onnx,
            isBusy ? "Other programs ran beside it: its times say little" : "Nothing else ran on the machine",
            FormattableString.Invariant($"The model has {Report.Bytes(new FileInfo(programs.Model).Length)} and {sets[0].Classes.Length} classes"),
        ]);
        report.Paragraph($"One model with the console application on ML.NET that `rf3d image-classification` generates, and with those on ONNX Runtime of `rf3d export --target onnx`.");
        AddPrograms(report, answers);
        AddAgreement(report, programs, sets);
        if (browser is not null)
            AddBrowser(report, sets, browser);
        return report;
    }

    private static void AddPrograms(Report report, IReadOnlyList<FirstAnswer> answers)
    {
        report.Heading(2, "Size, time to the first answer, memory");
        report.Paragraph($"Size is that of all published files, the model among them. {answers[0].FirstLine.Length} rounds after a warm-up, the programs in turns; median (least to greatest). The time is from the start of the process to its first line for one image. Memory is the largest resident memory (VmHWM), sampled each millisecond.");
        report.Table(
            ["console application", "files", "size", "first answer, ms", "memory, 1 image", $"memory, {FirstAnswers.ManyImages} images"],
            answers.Select(answer => (IReadOnlyList<string>)
            [
                answer.Program.Title, answer.Program.Count.ToString(CultureInfo.InvariantCulture), Report.Bytes(answer.Program.Bytes), Text(answer.FirstLine, Report.Milliseconds), Text(answer.One, Bytes), Text(answer.Many, Bytes),
            ]));
    }

    private static void AddAgreement(Report report, PublishedPrograms programs, IReadOnlyList<ScoredSet> sets)
    {
        report.Heading(2, "Scores, beside those of the .zip");
        report.Paragraph($"By `Rf3dSavedModel`. The difference of an image is the largest of its scores.");
        report.Table(
            ["program", "images", "same class", "largest difference", "median difference"],
            programs.Consoles.Where(program => program.Title is PublishedPrograms.Native or PublishedPrograms.Trimmed)
                .SelectMany(program => sets.Select(set => Row($"{program.Title}, {set.Title}", set.With(program)))));
    }

    private static void AddBrowser(Report report, IReadOnlyList<ScoredSet> sets, BrowserResult browser)
    {
        report.Heading(2, "In a browser");
        report.Paragraph($"{browser.Browser}");
        report.Table(
            ["images", "number", "same class", "largest difference", "median difference", "ms an image"],
            browser.Sets.Select((agreement, index) => (IReadOnlyList<string>)[.. Row(sets[index].Title, agreement), Report.Milliseconds(browser.Milliseconds[index])]));
    }

    private static string[] Row(string title, ScoreAgreement agreement) =>
    [
        title, agreement.Images.ToString("#,0", CultureInfo.InvariantCulture),
        string.Create(CultureInfo.InvariantCulture, $"{agreement.SameClass:#,0} ({100.0 * agreement.SameClass / agreement.Images:0.0} %)"),
        Number(agreement.Difference.Greatest), Number(agreement.Difference.Median),
    ];

    private static string Number(double value) => value.ToString("0.0e0", CultureInfo.InvariantCulture);

    private static string Bytes(double bytes) => Report.Bytes((long)bytes);

    private static string Text(double[] values, Func<double, string> text)
    {
        var (median, least, greatest) = Spread.Of(values);
        return $"{text(median)} ({text(least)} to {text(greatest)})";
    }
}
