using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>
/// Spreads a run's time over its configurations: each may use an equal share of the remaining time, and gets <see cref="LeastRounds"/> rounds (or the
/// most, if that is fewer) in any case.
/// </summary>
internal sealed class RoundBudget(TimeSpan time, int configurations, int mostRounds)
{
    private const int LeastRounds = 5;

    private readonly long _start = Stopwatch.GetTimestamp();
    private int _left = configurations;

    public int Rounds(double millisecondsARound)
    {
        var share = (time - Stopwatch.GetElapsedTime(_start)).TotalMilliseconds / Math.Max(_left--, 1);
        return (int)Math.Clamp(share / millisecondsARound, Math.Min(LeastRounds, mostRounds), mostRounds);
    }
}
