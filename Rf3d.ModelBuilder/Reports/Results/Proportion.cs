namespace Rf3d.ModelBuilder;

/// <summary>A share with what is known of it from so many cases.</summary>
/// <param name="Count">Cases that count.</param>
/// <param name="Total">All cases.</param>
internal readonly record struct Proportion(long Count, long Total)
{
    // The standard normal distribution has 95 % between -z and z.
    private const double Z = 1.959963984540054;

    /// <summary>The share; not a number where there is no case.</summary>
    public double Value => (double)Count / Total;

    /// <summary>
    /// The 95 % confidence interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927): sound for few cases
    /// and for shares near 0 and 1, where the usual ± is not. 0 to 1 where there is no case.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            if (Total == 0)
                return (0, 1);
            double n = Total, p = Value, square = Z * Z;
            var middle = (p + (square / (2 * n))) / (1 + (square / n));
            var half = Z / (1 + (square / n)) * Math.Sqrt((p * (1 - p) / n) + (square / (4 * n * n)));
            return (Math.Max(0, middle - half), Math.Min(1, middle + half));
        }
    }
}
