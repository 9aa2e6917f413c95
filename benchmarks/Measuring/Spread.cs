namespace Rf3d.Benchmarks;

/// <summary>Summary of a list of measurements: median, least, greatest.</summary>
internal readonly record struct Spread(double Median, double Least, double Greatest)
{
    /// <exception cref="InvalidOperationException">No measurements.</exception>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            throw new InvalidOperationException("There is no median of no measurements.");
        var middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 0 ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle], sorted[0], sorted[^1]);
    }
}
