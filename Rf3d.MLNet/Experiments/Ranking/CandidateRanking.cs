using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The input of the ranking for a candidate.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Group">Base network and image size: within a group gains compare, between groups they do not.</param>
/// <param name="Identity">Equal for candidates of the same network and recipe.</param>
/// <param name="Gain">Total 3DRF gain of the organized network.</param>
/// <param name="Macs">Multiply-accumulates of the network that is trained.</param>
/// <param name="Problem">Why there is no such network; null when there is one.</param>
/// <param name="Excess">Which budget it exceeds and by how much; null when it keeps to all.</param>
internal sealed record CandidateFigures(string Name, string Group, string Identity, double Gain, long Macs, string? Problem = null, string? Excess = null)
{
    /// <summary>Whether it is trained by one pass over the images.</summary>
    public bool IsProbe { get; init; }
}

/// <summary>The result of the ranking for a candidate.</summary>
/// <param name="Rank">Place, counted from 1; null where it was not ranked.</param>
/// <param name="Verdict">Kept, or why not.</param>
/// <param name="Reason">The same as a sentence.</param>
internal sealed record Ranking(int? Rank, Rf3dCandidateVerdict Verdict, string Reason);

/// <summary>
/// Chooses before any training which candidates to train. Within a group the highest gain comes first. Where gains are equal, as those of widths and of
/// kernels mostly are, the most multiply-accumulates do: a candidate within the budgets may as well use them, and in the paper's Table 6 every cheaper
/// kernel costs accuracy. Between groups the metric says nothing, so that they take turns, and the first trainings decide. The first probe comes before all others, because it costs least.
/// </summary>
internal static class CandidateRanking
{
    // Gains are sums over stages; a difference in the third decimal is one of rounded channels.
    private const int Decimals = 2;

    /// <param name="candidates">All candidates.</param>
    /// <param name="kept">How many to train at most.</param>
    /// <returns>One for each candidate, in the order given.</returns>
    public static IReadOnlyList<Ranking> Rank(IReadOnlyList<CandidateFigures> candidates, int kept)
    {
        var rankings = new Dictionary<CandidateFigures, Ranking>(ReferenceEqualityComparer.Instance);
        foreach (var candidate in candidates)
        {
            if (candidate.Problem is not null)
                rankings[candidate] = new(null, Rf3dCandidateVerdict.NotPlanned, candidate.Problem);
            else if (candidates.First(other => other.Problem is null && other.Identity == candidate.Identity) is var first && !ReferenceEquals(first, candidate))
                rankings[candidate] = new(null, Rf3dCandidateVerdict.Duplicate, $"the same network and recipe as '{first.Name}'");
            else if (candidate.Excess is not null)
                rankings[candidate] = new(null, Rf3dCandidateVerdict.OverBudget, candidate.Excess);
        }
        var groups = candidates.Where(candidate => !rankings.ContainsKey(candidate))
            .GroupBy(candidate => candidate.Group, StringComparer.Ordinal)
            .Select(group => group.OrderByDescending(Rounded).ThenByDescending(candidate => candidate.Macs).ToList())
            .ToList();
        var order = Enumerable.Range(0, groups.Select(group => group.Count).DefaultIfEmpty().Max())
            .SelectMany(turn => groups.Where(group => turn < group.Count).Select(group => (Group: group, Place: turn)))
            .ToList();
        if (order.FindIndex(entry => entry.Group[entry.Place].IsProbe) is > 0 and var at)
        {
            var probe = order[at];
            order.RemoveAt(at);
            order.Insert(0, probe);
        }
        foreach (var ((group, place), rank) in order.Select((entry, index) => (entry, index + 1)))
        {
            var standing = Standing(group, place);
            rankings[group[place]] = rank <= kept
                ? new(rank, Rf3dCandidateVerdict.Kept, $"ranked {Number(rank)} of {Number(order.Count)}: {standing}")
                : new(rank, Rf3dCandidateVerdict.RankedBelow, $"ranked {Number(rank)} of {Number(order.Count)}, and {Number(kept)} are trained: {standing}");
        }
        return [.. candidates.Select(candidate => rankings[candidate])];
    }

    private static string Standing(List<CandidateFigures> group, int place)
    {
        var (candidate, first) = (group[place], group[0]);
        if (place == 0)
            return group.Count == 1 ? $"alone in {candidate.Group}" : $"first of {Number(group.Count)} in {candidate.Group}";
        var difference = Rounded(candidate) < Rounded(first)
            ? string.Create(CultureInfo.InvariantCulture, $"gain {candidate.Gain:0.00} against {first.Gain:0.00}")
            : string.Create(CultureInfo.InvariantCulture, $"equal gain, {candidate.Macs / 1e6:0.0} M MACs against {first.Macs / 1e6:0.0}");
        return $"number {Number(place + 1)} of {Number(group.Count)} in {candidate.Group} ({difference} of the first)";
    }

    private static double Rounded(CandidateFigures candidate) => Math.Round(candidate.Gain, Decimals);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
