using System.Diagnostics;

namespace Rf3d.MLNet;

/// <summary>When an experiment has to end: by the clock, or because its user says so.</summary>
internal sealed class TimeLimit : IDisposable
{
    // Within the longest time of a timer.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _user;

    public TimeLimit(uint seconds, CancellationToken user)
    {
        _limit = TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        _user = user;
        _source = CancellationTokenSource.CreateLinkedTokenSource(user);
        _source.CancelAfter(_limit);
    }

    /// <summary>Stops trainings.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the user ended the experiment, rather than the clock.</summary>
    public bool IsCancelled => _user.IsCancellationRequested;

    /// <summary>Seconds until trainings are stopped.</summary>
    public double SecondsLeft { get; private set; }

    /// <summary>Leaves time for the steps after a training: putting a model together and evaluating it.</summary>
    public void Reserve(double seconds)
    {
        var left = _limit - Stopwatch.GetElapsedTime(_start) - TimeSpan.FromSeconds(seconds);
        SecondsLeft = Math.Max(0, left.TotalSeconds);
        if (!_source.IsCancellationRequested)
            _source.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose() => _source.Dispose();
}
