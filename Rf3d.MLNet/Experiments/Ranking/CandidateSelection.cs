using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>From the points of the search space to candidates with figures, ranks and reasons.</summary>
internal static class CandidateSelection
{
    /// <param name="settings">Budgets, and how many to keep.</param>
    /// <param name="drafts">The points of the search space.</param>
    /// <param name="log">Has what was measured before, and takes what is measured now.</param>
    /// <param name="estimator">Makes a trainer for a candidate.</param>
    /// <param name="cancellation">Ends the measuring.</param>
    public static IReadOnlyList<Rf3dCandidate> Of(
        Rf3dExperimentSettings settings,
        IReadOnlyList<CandidateDraft> drafts,
        TrialLog log,
        Func<CandidateDraft, Rf3dImageClassificationTrainer> estimator,
        CancellationToken cancellation)
    {
        var budget = new Budget(settings.MaxMacs, settings.MaxParameters);
        var known = log.All<MeasureEntry>().ToDictionary(entry => entry.Candidate, StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<CandidateFigures> figures = [];
        foreach (var draft in drafts)
        {
            var identity = draft.Identity;
            var excess = draft.Plan is { } plan ? budget.Excess(plan.OptimizedCost) : null;
            // What is over a budget already, or has a twin, need not be measured.
            if (draft.Plan is not null && excess is null && seen.Add(identity))
                excess = Excess(settings, Measure(draft));
            figures.Add(new(
                draft.Name, draft.Group, identity, draft.Plan?.OrganizedField.TotalGain ?? 0, draft.Plan?.OptimizedCost.Macs ?? 0, draft.Problem, excess));
        }
        var rankings = CandidateRanking.Rank(figures, settings.MaxModels);
        return [.. drafts.Zip(rankings, (draft, ranking) => new Rf3dCandidate
        {
            Name = draft.Name,
            Estimator = estimator(draft),
            Plan = draft.Plan,
            ModelBytes = known.GetValueOrDefault(draft.Name)?.ModelBytes,
            LatencyMilliseconds = known.GetValueOrDefault(draft.Name)?.LatencyMilliseconds,
            Rank = ranking.Rank,
            Verdict = ranking.Verdict,
            Reason = ranking.Reason,
        })];

        MeasureEntry Measure(CandidateDraft draft)
        {
            if (known.TryGetValue(draft.Name, out var entry))
                return entry;
            cancellation.ThrowIfCancellationRequested();
            var (bytes, latency) = CandidateMeasure.Measure(draft.Plan!, draft.Options.TestTimeFlip);
            log.Append(known[draft.Name] = new MeasureEntry(draft.Name, bytes, latency));
            return known[draft.Name];
        }
    }

    /// <summary>Says which of the measured budgets is exceeded and by how much; null when none is.</summary>
    internal static string? Excess(Rf3dExperimentSettings settings, MeasureEntry measured)
    {
        List<string> excesses = [];
        if (measured.ModelBytes > settings.MaxModelBytes)
            excesses.Add(string.Create(CultureInfo.InvariantCulture, $"{measured.ModelBytes:#,0} bytes is {measured.ModelBytes - settings.MaxModelBytes:#,0} above MaxModelBytes = {settings.MaxModelBytes:#,0}"));
        if (measured.LatencyMilliseconds > settings.MaxLatencyMilliseconds)
            excesses.Add(string.Create(CultureInfo.InvariantCulture, $"{measured.LatencyMilliseconds:0.00} ms is {measured.LatencyMilliseconds - settings.MaxLatencyMilliseconds:0.00} above MaxLatencyMilliseconds = {settings.MaxLatencyMilliseconds}"));
        return excesses.Count == 0 ? null : string.Join(", and ", excesses);
    }
}
