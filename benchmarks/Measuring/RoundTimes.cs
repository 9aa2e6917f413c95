namespace Rf3d.Benchmarks;

/// <summary>Milliseconds that a pass of each rival took, round by round.</summary>
internal sealed class RoundTimes(IReadOnlyDictionary<string, double[]> milliseconds)
{
    public int Rounds => milliseconds.Values.First().Length;

    /// <summary>The same times, multiplied by a factor.</summary>
    public RoundTimes Scaled(double factor) => new(milliseconds.ToDictionary(rival => rival.Key, rival => Array.ConvertAll(rival.Value, time => time * factor)));

    public bool Has(string rival) => milliseconds.ContainsKey(rival);

    public Spread Milliseconds(string rival) => Spread.Of(milliseconds[rival]);

    /// <summary>
    /// How many times longer <paramref name="rival"/> took than <paramref name="other"/>, each round by itself: a disturbance of the machine for longer
    /// than a round disturbs both.
    /// </summary>
    public Spread Ratio(string rival, string other) => Spread.Of(milliseconds[rival].Zip(milliseconds[other], (one, two) => one / two));
}
