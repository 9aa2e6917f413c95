using System.Globalization;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>Candidates as a table for people: figures, how far each was trained, and why no further.</summary>
internal static class CandidateTable
{
    private static readonly string[] Header = ["candidate", "parameters", "M MACs", "MB", "ms", "gain", "rank", "epochs", "score", "verdict", ""];

    public static string Of(IReadOnlyList<Rf3dCandidate> candidates, Rf3dOptimizingMetric metric)
    {
        string[] header = [.. Header.Select(name => name == "score" ? metric.ToString() : name)];
        var rows = candidates.Select(Row).Prepend(header).ToList();
        var widths = header.Select((_, column) => rows.Max(row => row[column].Length)).ToList();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            // Words to the left, figures to the right.
            var cells = row.Select((cell, column) => column is 0 or >= 9 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }
        return text.ToString();
    }

    private static string[] Row(Rf3dCandidate candidate) =>
    [
        candidate.Name,
        Number(candidate.Plan?.OptimizedCost.Parameters, "#,0"),
        Number(candidate.Plan?.OptimizedCost.Macs / 1e6, "0.0"),
        Number(candidate.ModelBytes / 1e6, "0.0"),
        Number(candidate.LatencyMilliseconds, "0.00"),
        Number(candidate.Gain, "0.0000"),
        Number(candidate.Rank, "0"),
        candidate.Epochs == 0 ? "" : Number(candidate.Epochs, "0"),
        Number(candidate.Score, "0.0000"),
        candidate.Verdict.ToString(),
        candidate.Reason,
    ];

    private static string Number(IFormattable? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
