using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The rolling pointwise convolution in TorchSharp, against pointwise, grouped pointwise and the paper's channel stack.</summary>
internal static class RpwBenchmark
{
    public sealed record Result(RpwCase Case, RoundTimes Times);

    /// <param name="cases">The cases to measure.</param>
    /// <param name="budget">How often.</param>
    /// <param name="mostStackBytes">A case whose stack takes more goes without it.</param>
    public static IReadOnlyList<Result> Run(IReadOnlyList<RpwCase> cases, RoundBudget budget, long mostStackBytes)
    {
        var results = new Dictionary<RpwCase, Result>();

        using (var quickest = new RpwRivals(cases.MinBy(place => place.Shape.Work)!, withStack: true))
            Alternating.WarmUp(quickest.All);

        // Those with long rounds first, which get the fewest rounds anyway: the others share the rest.
        foreach (var place in cases.OrderByDescending(place => place.Shape.Work))
        {
            using var rivals = new RpwRivals(place, place.StackBytes <= mostStackBytes);
            var result = results[place] = new(place, Alternating.Measure(rivals.All, budget));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{results.Count}/{cases.Count} {place.Pass} batch {place.Shape.Batch} {place.Shape.Channels}@{place.Shape.Spatial} g={place.Shape.Groups} o={RollingShape.Name(place.Shape.Overlap)} {place.Layout}: n={result.Times.Rounds} PW {Report.Milliseconds(result.Times.Milliseconds(RpwRivals.Pointwise).Median)} ms, RPW/PW {Report.Ratio(result.Times.Ratio(RpwRivals.Rolling, RpwRivals.Pointwise).Median)}"));
        }
        return [.. cases.Select(place => results[place])];
    }
}
