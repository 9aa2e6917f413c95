using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A share with its interval for so many cases.</summary>
/// <param name="Count">Number of cases that are counted in the share.</param>
/// <param name="Total">All cases.</param>
internal readonly record struct Proportion(long Count, long Total)
{
    /// <summary>The share; not a number where there is no case.</summary>
    public double Value => (double)Count / Total;

    /// <summary>
    /// The 95 % confidence interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927): it is accurate for few cases and for
    /// shares near 0 and 1. 0 to 1 where there is no case.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            var (low, high) = ConfidenceInterval.OfShare(Count, Total);
            return (low, high);
        }
    }
}
