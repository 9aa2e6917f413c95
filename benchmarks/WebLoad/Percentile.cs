namespace Rf3d.Benchmarks;

/// <summary>Percentiles of measurements.</summary>
internal static class Percentile
{
    /// <summary>The least measurement that a share of all does not exceed (nearest rank); 0 of none.</summary>
    /// <param name="values">The measurements, in any order.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Of(IReadOnlyCollection<float> values, double share)
    {
        if (values.Count == 0)
            return 0;
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
