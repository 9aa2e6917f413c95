using System.Text.Json;
using Rf3d.MLNet;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>Writes down how good a classifier is.</summary>
internal static class EvaluationWriter
{
    // More classes than this do not fit beside each other.
    private const int LargestTable = 16;

    public static void Write(this ImageEvaluation evaluation, IAnsiConsole console)
    {
        var classes = evaluation.ByClass;
        console.WriteLine(Numbers.Text($"Accuracy {Numbers.Percent(evaluation.MicroAccuracy)} (mean over classes {Numbers.Percent(evaluation.MacroAccuracy)}), log loss {evaluation.LogLoss:0.0000}, {Numbers.Count(evaluation.Images)} images"));
        var table = new Table().AddColumn("class").AddColumn(Right("images")).AddColumn(Right("recall")).AddColumn(Right("precision"));
        foreach (var row in classes)
            table.AddRow(CommandConsole.Cell(row.Name), Numbers.Count(row.Images), Numbers.Percent(row.Recall), Numbers.Percent(row.Precision));
        console.Write(table);
        evaluation.WriteCoverage(console);
        if (classes.Length > LargestTable)
            return;
        console.WriteLine("Confusion: rows are what the images are, columns what they were taken for");
        var confusion = new Table().AddColumn("");
        foreach (var row in classes)
            confusion.AddColumn(Right(CommandConsole.Cell(row.Name)));
        for (var actual = 0; actual < classes.Length; actual++)
            confusion.AddRow([CommandConsole.Cell(classes[actual].Name), .. Enumerable.Range(0, classes.Length).Select(predicted => Numbers.Count(evaluation[actual, predicted]))]);
        console.Write(confusion);
    }

    public static void Write(this ImageEvaluation evaluation, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("images", evaluation.Images);
        json.WriteNumber("microAccuracy", evaluation.MicroAccuracy);
        json.WriteNumber("macroAccuracy", evaluation.MacroAccuracy);
        json.WriteNumber("logLoss", evaluation.LogLoss);
        if (evaluation.Answered.MinConfidence > 0 || evaluation.Answered.Answered < evaluation.Images)
        {
            json.WritePropertyName("answered");
            evaluation.Answered.Write(json);
        }
        json.WriteStartArray("coverage");
        foreach (var point in CoverageTargets.Of(evaluation.Coverage).Select(target => target.Point).OfType<CoveragePoint>())
            point.Write(json);
        json.WriteEndArray();
        json.WriteStartArray("classes");
        foreach (var row in evaluation.ByClass)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteNumber("images", row.Images);
            json.WriteNumber("recall", row.Recall);
            json.WriteNumber("precision", row.Precision);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("confusion");
        for (var actual = 0; actual < evaluation.ByClass.Length; actual++)
        {
            json.WriteStartArray();
            for (var predicted = 0; predicted < evaluation.ByClass.Length; predicted++)
                json.WriteNumberValue(evaluation[actual, predicted]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCoverage(this ImageEvaluation evaluation, IAnsiConsole console)
    {
        if (evaluation.Answered is var used && (used.MinConfidence > 0 || used.Answered < used.Images))
        {
            var (low, high) = used.AccuracyInterval;
            console.WriteLine(Numbers.Text($"Answered{(used.MinConfidence > 0 ? Numbers.Text($" with a confidence of at least {used.MinConfidence:0.###}") : "")}: {Numbers.Count(used.Answered)} images ({Numbers.Percent(used.Coverage)}), accuracy {Numbers.Percent(used.Accuracy)} (95 % interval {Numbers.Percent(low)} to {Numbers.Percent(high)})"));
        }
        var targets = CoverageTargets.Of(evaluation.Coverage).ToList();
        if (targets.Count == 0)
            return;
        console.WriteLine("Thresholds for a higher accuracy: images below --min-confidence are not answered");
        var table = new Table().AddColumn(Right("accuracy")).AddColumn(Right("--min-confidence")).AddColumn(Right("answered")).AddColumn(Right("images")).AddColumn(Right("95 % interval of the accuracy"));
        foreach (var (accuracy, point) in targets)
        {
            if (point is null)
            {
                table.AddRow(Wanted(accuracy), "no threshold", "", "", "");
                continue;
            }
            var (low, high) = point.AccuracyInterval;
            table.AddRow(Wanted(accuracy), Numbers.Text($"{point.MinConfidence:0.000}"), Numbers.Percent(point.Coverage), Numbers.Count(point.Answered), $"{Numbers.Percent(low)} to {Numbers.Percent(high)}");
        }
        console.Write(table);

        static string Wanted(double accuracy) => Numbers.Text($"{100 * accuracy:0.#} %");
    }

    private static void Write(this CoveragePoint point, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("minConfidence", point.MinConfidence);
        json.WriteNumber("coverage", point.Coverage);
        json.WriteNumber("answered", point.Answered);
        json.WriteNumber("accuracy", point.Accuracy);
        json.WriteNumber("accuracyLow", point.AccuracyInterval.Low);
        json.WriteNumber("accuracyHigh", point.AccuracyInterval.High);
        json.WriteEndObject();
    }

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
