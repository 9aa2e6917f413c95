namespace Rf3d.MLNet;

/// <summary>Chooses the range of 8-bit levels for the values in a histogram.</summary>
internal static class RangeChoice
{
    /// <summary>Share of the values that <see cref="CalibrationMethod.Percentile"/> represents without clipping.</summary>
    private const double KeptShare = 0.9999;

    // Ends of the range that are tried, as fractions of the largest value on their side: 1, 0.98 and so on.
    private const int Candidates = 40;
    private const double CandidateStep = 0.02;

    public static ActivationRange Choose(ActivationHistogram histogram, CalibrationMethod method) => method switch
    {
        CalibrationMethod.MinMax => ActivationRange.Of(histogram.Low, histogram.High),
        CalibrationMethod.Percentile => ByPercentile(histogram),
        CalibrationMethod.MeanSquaredError => ByError(histogram),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, null),
    };

    private static ActivationRange ByPercentile(ActivationHistogram histogram)
    {
        var bins = histogram.Bins();
        var cut = (1 - KeptShare) / 2 * histogram.Count;
        return ActivationRange.Of(
            histogram.Low >= 0 ? 0 : Math.Max(histogram.Low, ValueAfter(bins, cut)), Math.Min(histogram.High, ValueAfter(bins.Reverse(), cut)));
    }

    private static double ValueAfter(IEnumerable<(double Value, long Count)> bins, double cut)
    {
        var sum = 0.0;
        foreach (var (value, count) in bins)
        {
            sum += count;
            if (sum > cut)
                return value;
        }
        return 0;
    }

    /// <summary>The range with the least sum of squared errors, by rounding and by clipping: first the upper end, then the lower one, then the upper one again.</summary>
    private static ActivationRange ByError(ActivationHistogram histogram)
    {
        var bins = histogram.Bins();
        double low = Math.Min(0, histogram.Low), high = Math.Max(0, histogram.High);
        var (bestLow, bestHigh) = (low, high);
        bestHigh = Best(high, end => ActivationRange.Of(bestLow, end));
        if (low < 0)
        {
            bestLow = Best(low, end => ActivationRange.Of(end, bestHigh));
            bestHigh = Best(high, end => ActivationRange.Of(bestLow, end));
        }
        return ActivationRange.Of(bestLow, bestHigh);

        double Best(double end, Func<double, ActivationRange> range) =>
            Enumerable.Range(0, Candidates).Select(i => end * (1 - (i * CandidateStep))).MinBy(candidate => Error(bins, range(candidate)));
    }

    private static double Error(IReadOnlyList<(double Value, long Count)> bins, ActivationRange range)
    {
        var sum = 0.0;
        foreach (var (value, count) in bins)
        {
            var error = value - range.Round(value);
            sum += count * error * error;
        }
        return sum;
    }
}
