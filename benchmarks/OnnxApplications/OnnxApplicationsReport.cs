using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The report of the benchmark.</summary>
internal sealed class OnnxApplicationsReport
{
    private readonly Report _report = new();

    public OnnxApplicationsReport(string command, bool isBusy)
    {
        _report.Heading(1, "Applications on ONNX Runtime");
        _report.Paragraph($"`{command}`");
        _report.List([.. HardwareFingerprint.Onnx, isBusy ? "Other programs ran beside it: its times say little" : "Nothing else ran on the machine"]);
        _report.Paragraph($"The console application on ML.NET that `rf3d image-classification` generates, beside those on ONNX Runtime that `rf3d export --target onnx` generates of the same model. Size is that of all published files, the model among them. The programs take turns after a warm-up; median (least to greatest). The first answer is the time from the start of the process to its first line, for one image. Memory is the largest resident memory (VmHWM), sampled each millisecond. The difference of the scores of an image is the largest of all classes.");
    }

    public void Save(string path) => _report.Save(path);

    /// <summary>Adds the figures of one model.</summary>
    public void Add(PublishedPrograms programs, IReadOnlyList<ScoredSet> sets, IReadOnlyList<FirstAnswer> answers, BrowserResult? browser)
    {
        _report.Heading(2, Path.GetFileNameWithoutExtension(programs.Model));
        _report.Paragraph($"{sets[0].Classes.Length} classes, {Report.Bytes(new FileInfo(programs.Model).Length)}. {answers[0].FirstLine.Length} rounds.");
        AddPrograms(_report, answers);
        _report.Paragraph($"Scores beside those of the .zip by `Rf3dSavedModel`:");
        AddAgreement(_report, programs, sets);
        if (browser is null)
            return;
        _report.Paragraph($"The page in a browser, beside the same scores: {browser.Browser}");
        AddBrowser(_report, sets, browser);
    }

    private static void AddPrograms(Report report, IReadOnlyList<FirstAnswer> answers) => report.Table(
            ["console application", "files", "size", "first answer, ms", "memory, 1 image", $"memory, {FirstAnswers.ManyImages} images"],
            answers.Select(answer => (IReadOnlyList<string>)
            [
                answer.Program.Title, answer.Program.Count.ToString(CultureInfo.InvariantCulture), Report.Bytes(answer.Program.Bytes), Text(answer.FirstLine, Report.Milliseconds), Text(answer.One, Bytes), Text(answer.Many, Bytes),
            ]));

    private static void AddAgreement(Report report, PublishedPrograms programs, IReadOnlyList<ScoredSet> sets) => report.Table(
            ["program", "images", "same class", "largest difference", "median difference"],
            programs.Consoles.Where(program => program.Title is PublishedPrograms.Native or PublishedPrograms.Trimmed)
                .SelectMany(program => sets.Select(set => Row($"{program.Title}, {set.Title}", set.With(program)))));

    private static void AddBrowser(Report report, IReadOnlyList<ScoredSet> sets, BrowserResult browser) => report.Table(
            ["images", "number", "same class", "largest difference", "median difference", "ms an image"],
            browser.Sets.Select((agreement, index) => (IReadOnlyList<string>)[.. Row(sets[index].Title, agreement), Report.Milliseconds(browser.Milliseconds[index])]));

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
