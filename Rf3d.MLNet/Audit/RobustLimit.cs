namespace Rf3d.MLNet;

/// <summary>Limits beyond which values are unusual among others, by median and median absolute deviation, which the unusual values themselves hardly move (Hampel, "The Influence Curve and Its Role in Robust Estimation", 1974).</summary>
internal static class RobustLimit
{
    // With it, the median absolute deviation of a normal distribution is its standard deviation.
    private const double Normal = 1.4826;

    /// <param name="values">The values. Those that are not numbers do not count.</param>
    /// <param name="deviations">How many deviations from the median; negative for a limit below it.</param>
    /// <returns>The limit; infinite, so that nothing is beyond it, where there is no value or half of them are the same.</returns>
    public static double Of(IEnumerable<double> values, double deviations)
    {
        var known = values.Where(double.IsFinite).ToArray();
        var median = known.Length == 0 ? 0 : Median(known);
        var deviation = known.Length == 0 ? 0 : Median(Array.ConvertAll(known, value => Math.Abs(value - median)));
        return deviation > 0 ? median + (deviations * Normal * deviation) : deviations > 0 ? double.PositiveInfinity : double.NegativeInfinity;
    }

    /// <summary>The middle value, or the mean of the two in the middle. At least one value.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
