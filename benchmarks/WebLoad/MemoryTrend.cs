namespace Rf3d.Benchmarks;

/// <summary>The memory of a process over time: a straight line through the samples after the warm-up, and their ends.</summary>
/// <param name="Samples">Samples after the warm-up.</param>
/// <param name="Minutes">The time that they cover.</param>
/// <param name="FirstTenth">Mean of the first tenth, in megabytes.</param>
/// <param name="LastTenth">Mean of the last tenth, in megabytes.</param>
/// <param name="Slope">Least squares, in megabytes an hour.</param>
/// <param name="Peak">The largest sample of all, in megabytes.</param>
/// <param name="Tenths">Means of each tenth of all samples, those of the warm-up included, in megabytes.</param>
internal sealed record MemoryTrend(int Samples, double Minutes, double FirstTenth, double LastTenth, double Slope, double Peak, IReadOnlyList<double> Tenths)
{
    /// <summary>The share of the time in which a process takes the memory that it needs.</summary>
    public const double WarmUp = 0.2;

    private const double MostGrowth = 1.1;
    private const double LeastMinutes = 5;

    /// <summary>Whether the last tenth is no more than a tenth above the first.</summary>
    public bool IsFlat => LastTenth <= MostGrowth * FirstTenth;

    /// <param name="samples">Minutes since the start, and bytes.</param>
    /// <returns>Null where they cover less than five minutes, in which a process still takes the memory that it needs.</returns>
    public static MemoryTrend? Of(IReadOnlyList<(double Minutes, long Bytes)> samples)
    {
        if (samples.Count == 0 || samples[^1].Minutes < LeastMinutes)
            return null;
        var begin = WarmUp * samples[^1].Minutes;
        var kept = samples.Where(sample => sample.Minutes >= begin).Select(sample => (sample.Minutes, Megabytes: sample.Bytes / 1e6)).ToArray();
        var tenth = Math.Max(1, kept.Length / 10);
        var (meanTime, mean) = (kept.Average(sample => sample.Minutes), kept.Average(sample => sample.Megabytes));
        var slope = kept.Sum(sample => (sample.Minutes - meanTime) * (sample.Megabytes - mean)) / kept.Sum(sample => (sample.Minutes - meanTime) * (sample.Minutes - meanTime));
        return new(
            kept.Length, kept[^1].Minutes - kept[0].Minutes, kept[..tenth].Average(sample => sample.Megabytes), kept[^tenth..].Average(sample => sample.Megabytes), 60 * slope,
            samples.Max(sample => sample.Bytes) / 1e6, [.. samples.Chunk((samples.Count + 9) / 10).Select(part => part.Average(sample => sample.Bytes / 1e6))]);
    }
}
