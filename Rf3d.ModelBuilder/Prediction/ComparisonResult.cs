using System.Text.Json;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>The comparison of two saved models, as tables or JSON.</summary>
internal sealed record ComparisonResult(ComparedModel A, ComparedModel B, ModelComparison Comparison, LatencyComparison Latency)
{
    private const double Significance = 0.05;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Compares two models on images, and how long they take.</summary>
    /// <param name="a">The first.</param>
    /// <param name="b">The second.</param>
    /// <param name="data">Images with the classes of the models.</param>
    /// <param name="maxPixels">Pixels (height times width) that an image may have.</param>
    /// <param name="skipBadImages">Whether images that cannot be read are left out and reported, rather than an error.</param>
    /// <param name="report">Receives a line for each image that is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandException">An image cannot be read, or none can.</exception>
    public static ComparisonResult Of(
        ComparedModel a, ComparedModel b, ImageFolderDataView data, long maxPixels, bool skipBadImages, Action<string> report, CancellationToken cancellation)
    {
        var comparison = Compare(a.Model, b.Model, data, maxPixels, skipBadImages, cancellation);
        foreach (var image in comparison.First.Unreadable)
            report($"Skipped {Printable.Line(image.Path!)}: {image.Error}");
        if (comparison.Images == 0)
            throw new CommandException("No image could be read.");
        return new(a, b, comparison, LatencyComparison.Measure(a.Model, b.Model, LatencyComparison.Images(data), cancellation));
    }

    public string ToJson() => JsonSerializer.Serialize(new
    {
        Comparison.Images,
        A = Figures(A, Comparison.First, Comparison.FirstAccuracyInterval, Latency.FirstMilliseconds),
        B = Figures(B, Comparison.Second, Comparison.SecondAccuracyInterval, Latency.SecondMilliseconds),
        Difference = new
        {
            Accuracy = Comparison.AccuracyDifference,
            AccuracyInterval = Comparison.AccuracyDifferenceInterval,
            Comparison.PValue,
            LogLoss = Comparison.LogLossDifference,
        },
        Comparison.BothRight,
        OnlyARight = Comparison.OnlyFirstRight,
        OnlyBRight = Comparison.OnlySecondRight,
        Comparison.NeitherRight,
        LatencyRounds = Latency.Rounds,
        Classes = Comparison.ByClass.Select(row => new { row.Name, row.Images, RecallA = row.FirstRecall, RecallB = row.SecondRecall, Difference = row.RecallDifference }),
    }, Indented);

    public void Write(IAnsiConsole console)
    {
        console.WriteLine($"A is {Printable.Line(A.Path)}");
        console.WriteLine($"B is {Printable.Line(B.Path)}");
        var figures = new Table().AddColumn("").AddColumn(Right("A")).AddColumn(Right("B")).AddColumn(Right("B - A"));
        figures.AddRow("accuracy", Numbers.Percent(Comparison.First.MicroAccuracy), Numbers.Percent(Comparison.Second.MicroAccuracy), Signed(Comparison.AccuracyDifference));
        figures.AddRow("95 % interval", Interval(Comparison.FirstAccuracyInterval, Numbers.Percent), Interval(Comparison.SecondAccuracyInterval, Numbers.Percent), Interval(Comparison.AccuracyDifferenceInterval, Signed));
        figures.AddRow("log loss", Numbers.Text($"{Comparison.First.LogLoss:0.0000}"), Numbers.Text($"{Comparison.Second.LogLoss:0.0000}"), Numbers.Text($"{Comparison.LogLossDifference:+0.0000;-0.0000;0.0000}"));
        figures.AddRow("ms an image", Numbers.Text($"{Latency.FirstMilliseconds:0.00}"), Numbers.Text($"{Latency.SecondMilliseconds:0.00}"), Numbers.Text($"{Latency.SecondMilliseconds - Latency.FirstMilliseconds:+0.00;-0.00;0.00}"));
        figures.AddRow("parameters", Numbers.Count(A.Parameters), Numbers.Count(B.Parameters), Signed(B.Parameters - A.Parameters));
        figures.AddRow("MACs an image", Numbers.Count(A.Macs), Numbers.Count(B.Macs), Signed(B.Macs - A.Macs));
        figures.AddRow("bytes of the file", Numbers.Count(A.Bytes), Numbers.Count(B.Bytes), Signed(B.Bytes - A.Bytes));
        console.Write(figures);
        console.WriteLine(Numbers.Text($"{Numbers.Count(Comparison.Images)} images: both right {Numbers.Count(Comparison.BothRight)}, only A {Numbers.Count(Comparison.OnlyFirstRight)}, only B {Numbers.Count(Comparison.OnlySecondRight)}, neither {Numbers.Count(Comparison.NeitherRight)}"));
        console.WriteLine(Verdict());
        var classes = new Table().AddColumn("class").AddColumn(Right("images")).AddColumn(Right("recall A")).AddColumn(Right("recall B")).AddColumn(Right("B - A"));
        foreach (var row in Comparison.ByClass)
            classes.AddRow(CommandConsole.Cell(row.Name), Numbers.Count(row.Images), Numbers.Percent(row.FirstRecall), Numbers.Percent(row.SecondRecall), Signed(row.RecallDifference));
        console.Write(classes);
        console.WriteLine(Numbers.Text($"Milliseconds: median of {Latency.Rounds} rounds, one image at a time, A and B in turns, without reading the file, on {A.Model.Device}."));
    }

    private static ModelComparison Compare(Rf3dSavedModel first, Rf3dSavedModel second, ImageFolderDataView data, long maxPixels, bool skipBadImages, CancellationToken cancellation)
    {
        try
        {
            return ModelComparison.Run(first, second, data, options: new() { MaxPixels = maxPixels, ContinueOnError = skipBadImages }, cancellationToken: cancellation);
        }
        catch (InvalidDataException error) when (!skipBadImages)
        {
            throw new CommandException($"{error.Message} Replace or delete the file, or leave such files out with --skip-bad-images.", inner: error);
        }
    }

    private static object Figures(ComparedModel model, ImageEvaluation evaluation, ConfidenceInterval interval, double milliseconds) => new
    {
        Model = model.Path,
        Accuracy = evaluation.MicroAccuracy,
        AccuracyInterval = interval,
        evaluation.MacroAccuracy,
        evaluation.LogLoss,
        MillisecondsPerImage = milliseconds,
        model.Parameters,
        model.Macs,
        FileBytes = model.Bytes,
    };

    private string Verdict()
    {
        var p = $"p {(Comparison.PValue < 0.0001 ? "" : "= ")}{Numbers.PValue(Comparison.PValue)}";
        var (winner, share) = Comparison.AccuracyDifference > 0 ? ("B", Comparison.AccuracyDifference) : ("A", -Comparison.AccuracyDifference);
        return Comparison.PValue < Significance
            ? $"{winner} is better by {Numbers.Percent(share)} of the images; McNemar's exact test: {p}"
            : $"These images do not show which one is better; McNemar's exact test: {p}";
    }

    private static string Interval(ConfidenceInterval interval, Func<double, string> text) => $"{text(interval.Low)} to {text(interval.High)}";

    private static string Signed(double share) => Numbers.SignedPercent(share);

    private static string Signed(long number) => Numbers.Text($"{number:+#,0;-#,0;0}");

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
