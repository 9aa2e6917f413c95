using static Rf3d.Benchmarks.RpwOnnxBenchmark;

namespace Rf3d.Benchmarks;

/// <summary>The report of the benchmark <c>rpw-onnx</c>: a summary, files, then every shape.</summary>
internal static class RpwOnnxReport
{
    // A row over all channels, then one over the most.
    private static readonly bool[] OnlyMost = [false, true];

    public static Report Write(IReadOnlyList<Result> results, IReadOnlyList<RpwOnnxFiles.Result> files, string command)
    {
        var report = new Report();
        var rounds = results.Select(result => result.Times.Rounds).ToList();
        report.Heading(1, "Rolling pointwise convolution in ONNX Runtime");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Onnx,
            $"{rounds.Min()} to {rounds.Max()} rounds (n) after a warm-up; rivals take turns within a round, in one process; threads do not spin after a run",
            "Float32, NCHW, C channels in and out, no bias or activation, fixed shapes; the forms of RPW were compared before each measurement",
        ]);
        report.Paragraph(
            $"PW: dense 1×1 convolution. GPW: the same in g groups. RPW: the product's graph, one of the two forms *scattered*, a pointwise convolution whose weights are scattered among zeros when the model is loaded, and *stack*, Listing 2 with one Gather. *halves*: two grouped convolutions, one on the rolled input (o = 1/2 only). Ratios are of times within the same round: median (least to greatest).");
        Summary(report, results);
        Files(report, files);
        foreach (var batch in results.GroupBy(result => result.Shape.Batch))
            Shapes(report, batch.Key, batch);
        return report;
    }

    private static void Summary(Report report, IReadOnlyList<Result> results)
    {
        report.Heading(2, "Summary");
        report.Paragraph($"Over configurations: the median of their medians (least to greatest).");
        var most = results.Max(result => result.Shape.Channels);
        report.Table(
            ["batch", "channels", "o", "configurations", "GPW / PW", "RPW / PW", "scattered / PW", "halves / PW", "stack / PW"],
            from batch in results.GroupBy(result => result.Shape.Batch)
            from onlyMost in OnlyMost
            from overlap in RollingShape.Overlaps
            let chosen = batch.Where(result => result.Shape.Overlap == overlap && (!onlyMost || result.Shape.Channels == most)).ToList()
            select new[]
            {
                $"{batch.Key}", onlyMost ? $"C = {most}" : "all", RollingShape.Name(overlap), $"{chosen.Count}",
                Ratio(chosen, Grouped, Pointwise), Ratio(chosen, Rolling, Pointwise), Ratio(chosen, Scattered, Pointwise), Ratio(chosen, Halves, Pointwise), Ratio(chosen, Stack, Pointwise),
            });

        static string Ratio(IEnumerable<Result> results, string rival, string other)
        {
            var medians = results.Where(result => result.Times.Has(rival)).Select(result => result.Times.Ratio(rival, other).Median).ToList();
            return medians.Count == 0 ? "" : Report.Ratio(Spread.Of(medians));
        }
    }

    private static void Files(Report report, IReadOnlyList<RpwOnnxFiles.Result> files)
    {
        report.Heading(2, "Files");
        report.Paragraph($"A graph of the kernel alone: the product's, which holds the kernel's own weights, and one that has the zeros in the file.");
        report.Table(
            ["C", "g", "o", "n", "file", "with zeros", "ms to load", "with zeros", "times longer"],
            files.Select(file => (string[])
            [
                $"{file.Shape.Channels}", $"{file.Shape.Groups}", RollingShape.Name(file.Shape.Overlap), $"{file.LoadTimes.Rounds}",
                Report.Bytes(file.BytesInGraph), Report.Bytes(file.BytesInFile),
                Report.Milliseconds(file.LoadTimes.Milliseconds(RpwOnnxFiles.InGraph).Median),
                Report.Milliseconds(file.LoadTimes.Milliseconds(RpwOnnxFiles.InFile).Median),
                Report.Ratio(file.LoadTimes.Ratio(RpwOnnxFiles.InGraph, RpwOnnxFiles.InFile)),
            ]));
    }

    private static void Shapes(Report report, int batch, IEnumerable<Result> results)
    {
        report.Heading(2, $"Batch {batch}");
        report.Paragraph($"PW in milliseconds; GPW to stack as multiples of PW.");
        report.Table(
            ["C", "H = W", "g", "o", "n", "PW ms", Grouped, Rolling, Scattered, Halves, Stack],
            results.Select(result =>
            {
                var (shape, times) = result;
                string Ratio(string rival) => times.Has(rival) ? Report.Ratio(times.Ratio(rival, Pointwise)) : "";
                return (string[])
                [
                    $"{shape.Channels}", $"{shape.Spatial}", $"{shape.Groups}", RollingShape.Name(shape.Overlap), $"{times.Rounds}",
                    Report.Milliseconds(times.Milliseconds(Pointwise).Median), Ratio(Grouped), Ratio(Rolling), Ratio(Scattered), Ratio(Halves),
                    times.Has(Stack) ? Ratio(Stack) : $"needs {Report.Bytes(shape.StackBytes)}",
                ];
            }));
    }
}
