using static Rf3d.Benchmarks.RpwRivals;

namespace Rf3d.Benchmarks;

/// <summary>The report of the benchmark <c>rpw</c>: a summary, then every case.</summary>
internal static class RpwReport
{
    // A row over all channels, then one over the most.
    private static readonly bool[] OnlyMost = [false, true];

    public static Report Write(IReadOnlyList<RpwBenchmark.Result> results, string command)
    {
        var report = new Report();
        var rounds = results.Select(result => result.Times.Rounds).ToList();
        report.Heading(1, "Rolling pointwise convolution in TorchSharp");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{rounds.Min()} to {rounds.Max()} rounds (n) after a warm-up; rivals take turns within a round, in one process",
            "Float32, C channels in and out, no bias, normalisation or activation",
        ]);
        report.Paragraph(
            $"PW: dense 1×1 convolution. GPW: the same in g groups. RPW: as the product runs it, which is one of its two forms, *dense* and *halves* (o = 1/2 only). *stack*: Listing 2 of the paper, made exact. Ratios are of times within the same round: median (least to greatest).");
        Summary(report, results);
        Memory(report, results);
        foreach (var group in results.GroupBy(result => (result.Case.Pass, result.Case.Shape.Batch)))
            Cases(report, Title(group.Key.Pass, group.Key.Batch), [.. group]);
        return report;
    }

    private static string Title(RpwPass pass, int batch) =>
        $"{(pass == RpwPass.Training ? "forward + backward" : "forward, no_grad")}, batch {batch}";

    private static void Summary(Report report, IReadOnlyList<RpwBenchmark.Result> results)
    {
        report.Heading(2, "Summary");
        report.Paragraph(
            $"Over configurations: the median of their medians (least to greatest). \"RPW slower\" counts those where RPW took longer than the stack in every single round, \"stack slower\" the other way round; the rest is within noise.");
        var most = results.Max(result => result.Case.Shape.Channels);
        var rows =
            from pass in results.GroupBy(result => (result.Case.Pass, result.Case.Shape.Batch))
            from onlyMost in OnlyMost
            from overlap in RollingShape.Overlaps.Select(overlap => (double?)overlap).Prepend(null)
            let chosen = pass.Where(result => (overlap is null || result.Case.Shape.Overlap == overlap) && (!onlyMost || result.Case.Shape.Channels == most)).ToList()
            where chosen.Count > 0
            select SummaryRow(Title(pass.Key.Pass, pass.Key.Batch), onlyMost ? $"C = {most}" : "all", overlap is null ? "both" : RollingShape.Name(overlap.Value), chosen);
        report.Table(["pass", "channels", "o", "configurations", "RPW / PW", "with stack", "stack / RPW", "RPW slower", "stack slower"], rows);
    }

    private static string[] SummaryRow(string pass, string channels, string overlap, List<RpwBenchmark.Result> results)
    {
        var stacked = results.Where(result => result.Times.Has(Stack)).Select(result => result.Times.Ratio(Stack, Rolling)).ToList();
        return
        [
            pass,
            channels,
            overlap,
            $"{results.Count}",
            Report.Ratio(Spread.Of(results.Select(result => result.Times.Ratio(Rolling, Pointwise).Median))),
            $"{stacked.Count}",
            stacked.Count == 0 ? "" : Report.Ratio(Spread.Of(stacked.Select(ratio => ratio.Median))),
            $"{stacked.Count(ratio => ratio.Greatest < 1)}",
            $"{stacked.Count(ratio => ratio.Least > 1)}",
        ];
    }

    private static void Memory(Report report, IReadOnlyList<RpwBenchmark.Result> results)
    {
        report.Heading(2, "Memory");
        report.Paragraph(
            $"Computed, not measured: the greatest amount that each form needs in addition to input, output and their gradients, over the configurations, whether they were run or not.");
        var most = results.Max(result => result.Case.Shape.Channels);
        report.Table(
            ["pass", "o", $"input, C = {most}", $"stack, C = {most}", "stack, any C", "dense", "halves"],
            from pass in results.GroupBy(result => (result.Case.Pass, result.Case.Shape.Batch))
            from overlap in RollingShape.Overlaps
            let cases = pass.Select(result => result.Case).Where(place => place.Shape.Overlap == overlap).ToList()
            let largest = cases.Where(place => place.Shape.Channels == most).ToList()
            select new[]
            {
                Title(pass.Key.Pass, pass.Key.Batch),
                RollingShape.Name(overlap),
                Report.Bytes(largest.Max(place => place.Shape.TensorBytes)),
                Report.Bytes(largest.Max(place => place.StackBytes)),
                Report.Bytes(cases.Max(place => place.StackBytes)),
                Report.Bytes(cases.Max(place => place.DenseBytes)),
                cases.Any(place => place.Shape.HasHalves) ? Report.Bytes(cases.Where(place => place.Shape.HasHalves).Max(place => place.HalvesBytes)) : "",
            });
    }

    private static void Cases(Report report, string title, IReadOnlyList<RpwBenchmark.Result> results)
    {
        report.Heading(2, char.ToUpperInvariant(title[0]) + title[1..]);
        report.Paragraph($"PW in milliseconds; GPW to stack as multiples of PW.");
        report.Table(
            ["C", "H = W", "g", "o", "layout", "n", "PW ms", Grouped, Rolling, Dense, Halves, Stack, "stack / RPW"],
            results.Select(result =>
            {
                var ((shape, _, _), times) = (result.Case, result.Times);
                string Ratio(string rival) => times.Has(rival) ? Report.Ratio(times.Ratio(rival, Pointwise)) : "";
                return (string[])
                [
                    $"{shape.Channels}", $"{shape.Spatial}", $"{shape.Groups}", RollingShape.Name(shape.Overlap), result.Case.Layout, $"{times.Rounds}",
                    Report.Milliseconds(times.Milliseconds(Pointwise).Median), Ratio(Grouped), Ratio(Rolling), Ratio(Dense), Ratio(Halves),
                    times.Has(Stack) ? Ratio(Stack) : $"needs {Report.Bytes(result.Case.StackBytes)}",
                    times.Has(Stack) ? Report.Ratio(times.Ratio(Stack, Rolling)) : "",
                ];
            }));
    }
}
