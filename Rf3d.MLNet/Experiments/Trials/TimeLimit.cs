namespace Rf3d.MLNet;

/// <summary>When an experiment has to end: by the clock, or because its user says so.</summary>
internal sealed class TimeLimit : IDisposable
{
    // Within the longest time of a timer.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly TimeSpan _limit;
    private readonly CancellationToken _user;
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _source;

    public TimeLimit(uint seconds, TimeProvider clock, CancellationToken user)
    {
        (_clock, _start, _user) = (clock, clock.GetTimestamp(), user);
        _limit = TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        // A linked source cannot have a clock.
        _time = new(_limit, clock);
        _source = CancellationTokenSource.CreateLinkedTokenSource(user, _time.Token);
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
        var left = _limit - _clock.GetElapsedTime(_start) - TimeSpan.FromSeconds(seconds);
        SecondsLeft = Math.Max(0, left.TotalSeconds);
        if (!_source.IsCancellationRequested)
            _time.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose()
    {
        _source.Dispose();
        _time.Dispose();
    }
}
