using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Candidates as a table: figures, how far each was trained, and why no further.</summary>
internal static class CandidateTable
{
    private static readonly string[] Header = ["candidate", "weights", "parameters", "M MACs", "MB", "ms", "gain", "rank", "epochs", "score", "verdict", ""];

    public static string Of(IReadOnlyList<Rf3dCandidate> candidates, Rf3dOptimizingMetric metric)
    {
        string[] header = [.. Header.Select(name => name == "score" ? metric.ToString() : name)];
        return TextTable.Of([header, .. candidates.Select(Row)], column => column is 0 or 1 or >= 10);
    }

    private static string[] Row(Rf3dCandidate candidate) =>
    [
        candidate.Name,
        candidate.Plan is null ? "" : candidate.Pretrained ?? "drawn",
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
