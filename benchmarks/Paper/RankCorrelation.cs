namespace Rf3d.Benchmarks;

/// <summary>How far two lists rise together, from -1 to 1, and how often chance alone would have them rise together so far.</summary>
/// <param name="Value">The coefficient.</param>
/// <param name="P">
/// Share of all orders of the second list, the given one among them, whose coefficient is no smaller: exact, and one-sided, for the claim that the lists rise together.
/// </param>
internal readonly record struct RankCorrelation(double Value, double P)
{
    // 9! is 362,880.
    private const int MostItems = 9;

    // Equal coefficients differ in their last bits, by the order in which they were summed.
    private const double Rounding = 1e-9;

    /// <summary>Spearman's ρ: the correlation of the ranks; ties share the mean of their ranks.</summary>
    /// <exception cref="ArgumentException">Lists of different lengths, of fewer than 2 or more than 9 items, or of equal items only.</exception>
    public static RankCorrelation Spearman(IReadOnlyList<double> first, IReadOnlyList<double> second) => Of(Ranks(first), Ranks(second), Correlation);

    /// <summary>Kendall's τ-b: pairs in the same order less those in opposite orders, with ties taken out of the denominator.</summary>
    /// <inheritdoc cref="Spearman"/>
    public static RankCorrelation Kendall(IReadOnlyList<double> first, IReadOnlyList<double> second) => Of(first, second, TauB);

    private static RankCorrelation Of(IReadOnlyList<double> first, IReadOnlyList<double> second, Func<IReadOnlyList<double>, IReadOnlyList<double>, double> coefficient)
    {
        if (first.Count != second.Count || first.Count is < 2 or > MostItems)
            throw new ArgumentException($"Two lists of 2 to {MostItems} items each can be correlated by rank, not of {first.Count} and {second.Count}.");
        if (first.Distinct().Count() < 2 || second.Distinct().Count() < 2)
            throw new ArgumentException("A list of equal items has no order to correlate.");
        var observed = coefficient(first, second);
        var (orders, asFar) = (0, 0);
        foreach (var order in Orders([.. second], 0))
        {
            orders++;
            if (coefficient(first, order) >= observed - Rounding)
                asFar++;
        }
        return new(observed, (double)asFar / orders);
    }

    /// <summary>All orders of the items, those of equal items counted apart; each is good until the next.</summary>
    private static IEnumerable<double[]> Orders(double[] items, int from)
    {
        if (from == items.Length)
        {
            yield return items;
            yield break;
        }
        for (var i = from; i < items.Length; i++)
        {
            (items[from], items[i]) = (items[i], items[from]);
            foreach (var order in Orders(items, from + 1))
                yield return order;
            (items[from], items[i]) = (items[i], items[from]);
        }
    }

    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2d))];

    private static double Correlation(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (firstMean, secondMean) = (first.Average(), second.Average());
        double product = 0, firstSquares = 0, secondSquares = 0;
        for (var i = 0; i < first.Count; i++)
        {
            var (one, other) = (first[i] - firstMean, second[i] - secondMean);
            product += one * other;
            firstSquares += one * one;
            secondSquares += other * other;
        }
        return product / Math.Sqrt(firstSquares * secondSquares);
    }

    private static double TauB(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        int balance = 0, firstPairs = 0, secondPairs = 0;
        for (var i = 0; i < first.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (one, other) = (first[i].CompareTo(first[j]), second[i].CompareTo(second[j]));
                balance += one * other;
                firstPairs += one * one;
                secondPairs += other * other;
            }
        }
        return balance / Math.Sqrt((double)firstPairs * secondPairs);
    }
}
