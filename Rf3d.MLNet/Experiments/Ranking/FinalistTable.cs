using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The finalists of an experiment compared with the best one, as a table.</summary>
internal static class FinalistTable
{
    private static readonly string[] Header = ["beside the best", "only the best right", "only it right", "difference", "95 % interval", "p", ""];

    /// <returns>Nothing where no other candidate was trained to the end.</returns>
    public static string Of(IReadOnlyList<Rf3dCandidate> candidates) =>
        candidates.Any(candidate => candidate.ComparedWithBest is not null) ? TextTable.Of([Header, .. candidates.SelectMany(Row)], column => column is 0 or 6) : "";

    private static IEnumerable<string[]> Row(Rf3dCandidate candidate)
    {
        if (candidate.ComparedWithBest is not { } comparison)
            yield break;
        var (low, high) = comparison.AccuracyDifferenceInterval;
        yield return
        [
            candidate.Name,
            string.Create(CultureInfo.InvariantCulture, $"{comparison.OnlyBestRight:#,0} of {comparison.Images:#,0}"),
            comparison.OnlyCandidateRight.ToString("#,0", CultureInfo.InvariantCulture),
            Signed(comparison.AccuracyDifference),
            $"{Signed(low)} to {Signed(high)}",
            comparison.PValue.ToString("0.0000", CultureInfo.InvariantCulture),
            comparison.IsDistinguishable ? "" : "not distinguishable",
        ];
    }

    private static string Signed(double share) => share.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);
}
