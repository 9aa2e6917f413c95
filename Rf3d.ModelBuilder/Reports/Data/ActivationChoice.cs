namespace Rf3d.ModelBuilder;

/// <summary>The images whose class-activation maps are shown.</summary>
internal static class ActivationChoice
{
    /// <summary>
    /// Right answers first, each of another class and of middling confidence for its class, so that they are typical; then the worst mistakes, each of
    /// another pair of classes as far as there are so many.
    /// </summary>
    public static IReadOnlyList<ScoredImage> Of(TestResults results, int count)
    {
        var right = results.Images.Where(image => image.IsCorrect)
            .GroupBy(image => image.Actual)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
            .Select(group => group.OrderBy(image => image.Confidence).ThenBy(image => image.Row).ElementAt(group.Count() / 2))
            .ToList();
        var wrong = results.Pairs.Select(pair => pair.Worst).OrderByDescending(image => image.Confidence)
            .Concat(results.Mistakes).Distinct().ToList();
        var mistakes = Math.Min(wrong.Count, Math.Max(count / 3, count - right.Count));
        return [.. right.Take(count - mistakes), .. wrong.Take(mistakes)];
    }
}
