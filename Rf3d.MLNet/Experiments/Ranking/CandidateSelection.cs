using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>From the points of the search space to candidates with figures, ranks and reasons.</summary>
internal static class CandidateSelection
{
    /// <param name="settings">Budgets, and how many to keep.</param>
    /// <param name="configurations">The points of the search space.</param>
    /// <param name="log">Has the earlier measurements, and receives the new ones.</param>
    /// <param name="estimator">Makes a trainer for a candidate.</param>
    /// <param name="cancellation">Ends the measuring.</param>
    public static IReadOnlyList<Rf3dCandidate> Of(
        Rf3dExperimentSettings settings,
        IReadOnlyList<CandidateConfiguration> configurations,
        TrialLog log,
        Func<CandidateConfiguration, Rf3dImageClassificationTrainer> estimator,
        CancellationToken cancellation)
    {
        var budget = new Budget(settings.MaxMacs, settings.MaxParameters);
        var known = log.All<MeasureEntry>().ToDictionary(entry => entry.Candidate, StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<CandidateFigures> figures = [];
        foreach (var configuration in configurations)
        {
            var identity = configuration.Identity;
            var excess = configuration.Plan is { } plan ? budget.Excess(plan.OptimizedCost) : null;
            // A candidate that is over a budget already, or equal to another, need not be measured.
            if (configuration.Plan is not null && excess is null && seen.Add(identity))
                excess = Excess(settings, Measure(configuration));
            figures.Add(new(
                configuration.Name, configuration.Group, identity, configuration.Plan?.OrganizedField.TotalGain ?? 0, configuration.Plan?.OptimizedCost.Macs ?? 0, configuration.Problem, excess)
            {
                IsProbe = configuration.IsProbe,
            });
        }
        var rankings = CandidateRanking.Rank(figures, settings.MaxModels);
        return [.. configurations.Zip(rankings, (configuration, ranking) => new Rf3dCandidate
        {
            Name = configuration.Name,
            Estimator = estimator(configuration),
            Pretrained = configuration.Weights,
            Plan = configuration.Plan,
            ModelBytes = known.GetValueOrDefault(configuration.Name)?.ModelBytes,
            LatencyMilliseconds = known.GetValueOrDefault(configuration.Name)?.LatencyMilliseconds,
            Rank = ranking.Rank,
            Verdict = ranking.Verdict,
            Reason = ranking.Reason,
        })];

        MeasureEntry Measure(CandidateConfiguration configuration)
        {
            if (known.TryGetValue(configuration.Name, out var entry))
                return entry;
            cancellation.ThrowIfCancellationRequested();
            var (bytes, latency) = CandidateMeasure.Measure(configuration.Plan!, configuration.Options.TestTimeFlip);
            log.Append(known[configuration.Name] = new MeasureEntry(configuration.Name, bytes, latency));
            return known[configuration.Name];
        }
    }

    /// <summary>Says which of the measured budgets is exceeded and by how much; null when none is.</summary>
    internal static string? Excess(Rf3dExperimentSettings settings, MeasureEntry measured)
    {
        List<string> excesses = [];
        if (measured.ModelBytes > settings.MaxModelBytes)
            excesses.Add(string.Create(CultureInfo.InvariantCulture, $"{measured.ModelBytes:#,0} bytes is {measured.ModelBytes - settings.MaxModelBytes:#,0} above the budget of {settings.MaxModelBytes:#,0}"));
        if (measured.LatencyMilliseconds > settings.MaxLatencyMilliseconds)
            excesses.Add(string.Create(CultureInfo.InvariantCulture, $"{measured.LatencyMilliseconds:0.00} ms is {measured.LatencyMilliseconds - settings.MaxLatencyMilliseconds:0.00} above the limit of {settings.MaxLatencyMilliseconds}"));
        return excesses.Count == 0 ? null : string.Join(", and ", excesses);
    }
}
