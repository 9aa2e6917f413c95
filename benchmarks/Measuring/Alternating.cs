using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>
/// Times rivals in turns, so that a disturbance or a slower clock meets all of them: a round measures each once, and every round starts with the
/// next. An operation of microseconds is repeated until the measurement is long enough for the clock.
/// </summary>
internal static class Alternating
{
    private const double LeastMilliseconds = 10;

    /// <summary>Measures once for nothing: the first passes of a process load and set up the parts that all later ones share.</summary>
    public static void WarmUp(IReadOnlyList<Rival> rivals) => Measure(rivals, new RoundBudget(TimeSpan.Zero, 1, 1));

    public static RoundTimes Measure(IReadOnlyList<Rival> rivals, RoundBudget budget)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var rival in rivals)
            Time(rival);
        var rounds = budget.Rounds(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        var times = rivals.ToDictionary(rival => rival.Name, _ => new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < rivals.Count; turn++)
            {
                var rival = rivals[(round + turn) % rivals.Count];
                times[rival.Name][round] = Time(rival);
            }
        }
        return new(times);
    }

    /// <summary>Milliseconds a pass.</summary>
    private static double Time(Rival rival)
    {
        var start = Stopwatch.GetTimestamp();
        for (var passes = 1; ; passes++)
        {
            rival.Pass();
            // By the clock rather than a number of passes worked out before: beside other programs, threads that wait for each other
            // can be a thousand times slower than a moment ago.
            var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (milliseconds >= LeastMilliseconds)
                return milliseconds / passes;
        }
    }
}
