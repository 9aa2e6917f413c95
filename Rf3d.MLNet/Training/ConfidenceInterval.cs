namespace Rf3d.MLNet;

/// <summary>A 95 % confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    // The standard normal distribution has 95 % between -Z and Z.
    private const double Z = 1.959963984540054;

    /// <summary>
    /// The interval of a share, 0 to 1, by E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927): it is accurate for few cases and
    /// for shares near 0 and 1.
    /// </summary>
    /// <param name="count">Number of cases that are counted in the share.</param>
    /// <param name="total">Number of all cases. For 0 the interval is 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or <paramref name="count"/> is more than <paramref name="total"/>.</exception>
    public static ConfidenceInterval OfShare(long count, long total)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(total, count);
        if (total == 0)
            return new(0, 1);
        double n = total, p = count / n, square = Z * Z;
        var middle = (p + (square / (2 * n))) / (1 + (square / n));
        var half = Z / (1 + (square / n)) * Math.Sqrt((p * (1 - p) / n) + (square / (4 * n * n)));
        return new(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
