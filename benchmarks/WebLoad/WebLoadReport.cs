using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The report of both parts.</summary>
internal static class WebLoadReport
{
    public static Report Of(WebLoadResults results)
    {
        var report = new Report();
        report.Heading(1, "The generated web API under load");
        report.Paragraph($"A web API as `rf3d image-classification` generates it, for a ResNet18Slim on 32×32 pixels that was trained shortly on drawn pictures (how well it classifies does not matter here). It is a process of its own with its default limits; the clients are another process on the same machine.");
        if (results.Speed is { } speed)
            Add(report, speed);
        if (results.Endurance is { } endurance)
            Add(report, endurance);
        return report;
    }

    private static void Add(Report report, SpeedResult speed)
    {
        report.Heading(2, "Speed, beside bare ONNX Runtime");
        Add(report, speed.Conditions);
        report.Paragraph($"{speed.Rounds} rounds after a warm-up. In each, bare ONNX Runtime, the service with one client and the service with {speed.Clients} clients take turns, {speed.PhaseSeconds:0} s each. Bare is the same network in one graph, in this process: SkiaSharp decodes and resizes, a thread for each core. It has no network connection, no checks of the file, and no clients that need the processor, too. Images a second: median (least to greatest). The ratio is taken within each round.");
        report.Table(
            ["images", "bare", "service, one client", $"service, {speed.Clients} clients", $"service / bare, {speed.Clients} clients"],
            speed.Rows.Select(row => (IReadOnlyList<string>)[row.Images, Speed(row.Bare), Speed(row.One), Speed(row.Many), Report.Ratio(Spread.Of(row.Many.Zip(row.Bare, (one, other) => one / other)))]));
        report.Paragraph($"Milliseconds to the answer, of all rounds, and milliseconds of processor time for an image.");
        report.Table(
            ["images", "one client, p50", "p99", $"{speed.Clients} clients, p50", "p99", "processor, bare", "processor, service", "processor, its clients"],
            speed.Rows.Select(row => (IReadOnlyList<string>)
            [
                row.Images, Report.Milliseconds(row.OneMedian), Report.Milliseconds(row.OneP99), Report.Milliseconds(row.ManyMedian), Report.Milliseconds(row.ManyP99), Report.Milliseconds(row.BareProcessor),
                Report.Milliseconds(row.ServiceProcessor), Report.Milliseconds(row.ClientProcessor),
            ]));
        report.Paragraph($"The scores of bare ONNX Runtime differ from the library's by at most {speed.Rows.Max(row => row.Difference):0.0e0}; each answer of the service was compared with the library's scores of the file.");
    }

    private static void Add(Report report, EnduranceResult endurance)
    {
        report.Heading(2, "Mixed load for a long time");
        Add(report, endurance.Conditions);
        var (mixed, overload) = (endurance.Mixed.Sum(Requests), endurance.Overload.Sum(Requests));
        report.Paragraph($"{endurance.Requests:N0} requests in {endurance.Minutes:0.0} minutes, {endurance.Requests / endurance.Minutes / 60:0} a second: {mixed:N0} of {endurance.Clients} clients, and {overload:N0} in ten phases of {endurance.OverloadClients} clients, which are more than the service lets wait. An answer is right if a success has the scores of the file by `Rf3dSavedModel` within 1e-4, and all else is refused with its own status and a reason. Status 5xx is wrong but for 503 with a reason; status 429 is right under overload alone, with `Retry-After`.");
        report.Table(
            ["checked", "result"],
            [
                ["answers that are wrong, or missing", string.Create(CultureInfo.InvariantCulture, $"{endurance.WrongAnswers}")],
                ["largest difference of a score from the library's", string.Create(CultureInfo.InvariantCulture, $"{endurance.LargestDifference:0.0e0}")],
                ["status 429 under overload, with `Retry-After`", string.Create(CultureInfo.InvariantCulture, $"{endurance.Overload.Sum(count => count.Statuses.GetValueOrDefault(429)):N0}")],
                ["errors in the service's log", string.Create(CultureInfo.InvariantCulture, $"{endurance.LoggedErrors}")],
                ["files in its temporary folder: at the start, after the load, after its end", string.Create(CultureInfo.InvariantCulture, $"{endurance.FilesBefore}, {endurance.FilesAfter}, {endurance.FilesAtEnd}")],
                ["SIGTERM with requests in flight", Stop(endurance.Stop)],
            ]);
        foreach (var fault in endurance.Faults)
            report.Paragraph($"**Wrong**: {fault}");
        if (endurance.Memory is { } memory)
        {
            report.Paragraph($"Resident memory of the service, sampled each second; the first {MemoryTrend.WarmUp:P0} of the time is the warm-up.");
            report.Table(
                ["samples", "minutes", "first tenth", "last tenth", "straight line", "largest"],
                [[
                    string.Create(CultureInfo.InvariantCulture, $"{memory.Samples:N0}"), Number(memory.Minutes, "0.0"), Number(memory.FirstTenth, "0 MB"), Number(memory.LastTenth, "0 MB"),
                    Number(memory.Slope, "+0.0 MB an hour;-0.0 MB an hour"), Number(memory.Peak, "0 MB"),
                ]]);
            report.Paragraph($"Means of each tenth of the whole time, in megabytes: {string.Join(", ", memory.Tenths.Select(tenth => Number(tenth, "0")))}.");
        }
        report.Heading(3, "Answers by kind of request");
        report.Paragraph($"Milliseconds of successes; those that waited for other programs are among them where other programs ran. Status 0: the client ended the connection, and expects no answer.");
        var byKind = endurance.Overload.ToDictionary(count => count.Kind);
        report.Table(
            ["request", $"{endurance.Clients} clients", "p50", "p99", $"{endurance.OverloadClients} clients"],
            endurance.Mixed.Select(count => (IReadOnlyList<string>)
            [
                count.Kind, Statuses(count), Time(count.Median), Time(count.P99), byKind.TryGetValue(count.Kind, out var other) ? Statuses(other) : "",
            ]));
    }

    private static void Add(Report report, PartConditions conditions)
    {
        report.Paragraph($"`{conditions.Command}`");
        report.List([.. conditions.Machine, conditions.IsBusy ? "Other programs ran beside it: its times say little" : "Nothing else ran on the machine"]);
    }

    private static string Stop(StopResult stop) => string.Create(
        CultureInfo.InvariantCulture,
        $"of {stop.Sent} that it had accepted {stop.Before} were answered before and {stop.After} after the signal, {stop.Lost} not; it ended with exit code {stop.ExitCode} after {stop.Seconds:0.0} s");

    private static long Requests(LoadCount count) => count.Statuses.Values.Sum();

    private static string Statuses(LoadCount count) => string.Join(", ", count.Statuses.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}: {entry.Value:N0}")));

    private static string Time(double milliseconds) => milliseconds == 0 ? "" : Report.Milliseconds(milliseconds);

    private static string Speed(double[] values)
    {
        var (median, least, greatest) = Spread.Of(values);
        return string.Create(CultureInfo.InvariantCulture, $"{median:0} ({least:0} to {greatest:0})");
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
