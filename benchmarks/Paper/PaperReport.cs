using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The results of one table in a log, beside those of the paper: a part for each recipe that it was trained by.</summary>
internal static class PaperReport
{
    private const double Significance = 0.05;

    /// <param name="table">The table.</param>
    /// <param name="results">The log; other tables' lines are passed over.</param>
    /// <param name="command">The command line.</param>
    public static Report Write(PaperTable table, IEnumerable<PaperResult> results, string command)
    {
        var report = new Report();
        report.Heading(1, $"The paper's Table {table.Number}: {table.Title}");
        report.Paragraph($"`{command}`");
        report.List(
        [
            "CIFAR-10, the images stored as JPEG where the folder has them so, which costs accuracy: the paper's figures are for the originals",
            "One recipe for all rows: SGD with momentum 0.9, weight decay 5e-4 on all parameters, the paper's normalisation; crops of up to 4 pixels and flips by a coin; no label smoothing, no identity branches. The paper trains for 350 epochs",
            "No images held out: the last epoch is the model, and its weights are scored in float32 on the device that they were trained on",
            "Accuracies are means over seeds (least to greatest); differences are of trainings with the same seed, with a 95 % interval by Student's t from 3 seeds on: undecided where that holds 0",
        ]);
        var parts = PaperTallies.ByRecipe(table, results);
        if (parts.Count == 0)
            report.Paragraph($"No training is in the log yet.");
        foreach (var tallies in parts)
            Write(report, table, tallies);
        return report;
    }

    private static void Write(Report report, PaperTable table, PaperTallies tallies)
    {
        report.Heading(2, tallies.Recipe.ToString());
        report.List([.. tallies.Surroundings, .. tallies.Diverged == 0 ? [] : (string[])[$"{tallies.Diverged} trainings whose loss stopped being a number are left out"]]);
        WriteRows(report, table, tallies);
        WriteComparisons(report, table, tallies);
        if (table.Number == 2)
            WriteCorrelation(report, table, tallies);
    }

    private static void WriteRows(Report report, PaperTable table, PaperTallies tallies)
    {
        report.Table(
            ["network", "stages", "parameters", "M MACs", "Δ3DRF", "the paper's", "accuracy, %", "n", "the paper's, %", "seconds a training"],
            table.Rows.Where(row => tallies.Of(row.Name).Count > 0).Select(row =>
            {
                var (accuracies, seconds) = (tallies.Of(row.Name).Values, tallies.Seconds(row.Name));
                return (IReadOnlyList<string>)
                [
                    row.Name, $"[{string.Join(",", row.Network.GetStageDepths())}]", Number(NetworkCost.Of(NetworkLayout.Of(row.Network)).Parameters, "#,0"), Number(row.Macs / 1e6, "0.0"),
                    table.HasGains ? Number(table.Gain(row), "0.00") : "", row.PaperGain is { } gain ? Number(gain, "0.00") : "",
                    Range(100, accuracies, "0.00"), $"{accuracies.Count()}", Number(row.PaperAccuracy, "0.00"), Range(1, seconds, "0.0"),
                ];
            }));
    }

    private static void WriteComparisons(Report report, PaperTable table, PaperTallies tallies)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var comparison in table.Comparisons)
        {
            if (tallies.Differences(comparison) is not { } differences)
                continue;
            var paper = table.PaperDifference(comparison);
            rows.Add(
            [
                $"{comparison.First} - {comparison.Second}", $"{differences.Values.Count}", Signed(100 * differences.Mean),
                differences.HalfWidth is { } half ? $"{Signed(100 * (differences.Mean - half))} to {Signed(100 * (differences.Mean + half))}" : string.Join(", ", differences.Values.Select(value => Signed(100 * value))),
                Signed(paper),
                differences.Verdict is Verdict.Undecided ? "undecided" : differences.Verdict is Verdict.Greater == paper > 0 ? "as in the paper" : "the other way",
            ]);
        }
        if (rows.Count > 0)
            report.Table(["difference, points", "seeds", "mean", "95 % interval, or the values", "the paper's", ""], rows);
    }

    private static void WriteCorrelation(Report report, PaperTable table, PaperTallies tallies)
    {
        double[] gains = [.. table.Rows.Select(row => table.Gain(row))];
        var seeds = tallies.CompleteSeeds(table);
        if (seeds.Count == 0)
        {
            report.Paragraph($"No seed has all six rows yet, so that gain and accuracy are not correlated.");
            return;
        }
        double[] accuracies = [.. table.Rows.Select(row => seeds.Average(seed => tallies.Of(row.Name)[seed]))];
        report.Paragraph($"Gain and accuracy by rank, over the {seeds.Count} seeds that have all six rows; p is the share of all 720 orders of the accuracies that correlate no less, exact and one-sided. Three gains are equal, so that p cannot be below 6/720.");
        report.Table(
            ["", "Spearman's ρ", "p", "Kendall's τ-b", "p", ""],
            [Row("measured", gains, accuracies), Row("the paper's columns", [.. table.Rows.Select(row => row.PaperGain!.Value)], [.. table.Rows.Select(row => row.PaperAccuracy)])]);

        static IReadOnlyList<string> Row(string name, double[] gains, double[] accuracies)
        {
            if (accuracies.Distinct().Count() < 2)
                return [name, "", "", "", "", "all accuracies are equal"];
            var (spearman, kendall) = (RankCorrelation.Spearman(gains, accuracies), RankCorrelation.Kendall(gains, accuracies));
            var verdict = Math.Max(spearman.P, kendall.P) <= Significance ? "they rise together" : "undecided";
            return [name, Number(spearman.Value, "0.00"), Number(spearman.P, "0.0000"), Number(kendall.Value, "0.00"), Number(kendall.P, "0.0000"), verdict];
        }
    }

    private static string Range(double factor, IEnumerable<double> values, string format)
    {
        var all = values.Select(value => factor * value).ToList();
        return $"{Number(all.Average(), format)} ({Number(all.Min(), format)} to {Number(all.Max(), format)})";
    }

    private static string Signed(double value) => Number(value, "+0.00;-0.00;0.00");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
