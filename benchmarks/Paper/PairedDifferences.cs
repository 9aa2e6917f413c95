namespace Rf3d.Benchmarks;

/// <summary>The conclusion from the differences of pairs: which is greater.</summary>
internal enum Verdict
{
    /// <summary>Nothing: the interval holds 0, or there are too few pairs for one.</summary>
    Undecided,

    /// <summary>The first of each pair, on average.</summary>
    Greater,

    /// <summary>The second of each pair, on average.</summary>
    Smaller,
}

/// <summary>Differences of pairs that were measured under the same conditions, here with the same seed, and the conclusion from them.</summary>
/// <param name="Values">The differences, in the order of the pairs.</param>
internal sealed record PairedDifferences(IReadOnlyList<double> Values)
{
    private const int FewestForAnInterval = 3;
    private const double Confidence = 0.95;

    /// <exception cref="InvalidOperationException">There is no pair.</exception>
    public double Mean => Values.Average();

    /// <summary>Half the width of the mean's 95 % interval by Student's t; null for fewer than 3 pairs, which would make it a formality.</summary>
    public double? HalfWidth => Values.Count < FewestForAnInterval
        ? null
        : StudentT.HalfWidth(Confidence, Values.Count - 1) * Deviation / Math.Sqrt(Values.Count);

    public Verdict Verdict => HalfWidth is not { } half || Math.Abs(Mean) <= half ? Verdict.Undecided : Mean > 0 ? Verdict.Greater : Verdict.Smaller;

    private double Deviation
    {
        get
        {
            var mean = Mean;
            return Math.Sqrt(Values.Sum(value => (value - mean) * (value - mean)) / (Values.Count - 1));
        }
    }
}
