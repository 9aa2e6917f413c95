using System.Globalization;
using Rf3d.Benchmarks;

namespace Rf3d.Fuzz;

/// <summary>The table of all runs. The file beside it keeps them.</summary>
internal static class FuzzReport
{
    public static void Add(string path, FuzzResult result)
    {
        var runs = FuzzLog.Add(Path.ChangeExtension(path, ".jsonl"), result);
        Of(runs).Save(path);
    }

    private static Report Of(IReadOnlyList<FuzzResult> runs)
    {
        var report = new Report();
        report.Heading(1, "Damaged files");
        report.Paragraph($"Written by `dotnet run --project fuzz -c Release -- KIND --count N --seed S`. Intact files that the program makes itself are changed at random: flipped bits, replaced, inserted and deleted bytes, truncation, swapped pieces, pieces of other files, numbers where lengths may stand, numbers in texts. Of changed PNGs half have their checksums restored, and a third of the models and of the ONNX files is well-formed with another content, so that the change reaches what lies behind the checks. Every 97th input is intact.");
        report.Paragraph($"Each input must be read with the right result, or refused with a documented exception that names the file; by a program, with a message. It may take {FuzzLimits.Input.TotalSeconds} s and the process 1 GB of memory. Inputs are read one after the other in a process of their own, which is watched. The same seed and number give the same input.");
        report.Table(
            ["kind", "seed", "inputs", "read", "refused", "failures", "longest", "peak memory", "time"],
            runs.Select(run => (IReadOnlyList<string>)
            [
                run.Kind, Number(run.Seed), run.From == 0 ? Number(run.Count) : $"{Number(run.Count)} from {Number(run.From)}", Number(run.Successes.Values.Sum()), Number(run.Errors.Values.Sum()),
                Number(run.Failures.Count), Seconds(run.Longest), Report.Bytes(run.PeakMemory), Seconds(run.Seconds),
            ]));
        // All runs of a kind together.
        foreach (var run in runs.GroupBy(run => run.Kind).Select(group => group.Aggregate((one, other) => one.With(other))))
        {
            report.Heading(2, FuzzKind.Named(run.Kind).Subject);
            report.List(
            [
                .. run.Successes.Select(success => $"read, {success.Key}: {Number(success.Value)}"),
                .. run.Errors.Select(error => $"refused, `{error.Key}`: {Number(error.Value)}"),
                .. run.Failures.Select(failure => $"**failure** {Number(failure.Index)} ({failure.File}): {(failure.What.Length > 200 ? failure.What[..200] : failure.What).Trim()}"),
            ]);
        }
        return report;
    }

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString(seconds < 10 ? "0.00 s" : "#,0 s", CultureInfo.InvariantCulture);
}
