using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>Time in which this process ran. Where the processes of a measurement are stopped for a while, that while does not count.</summary>
internal sealed class ActiveTime : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private readonly Action<TimeSpan> _onTick;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _elapsed;

    /// <param name="onTick">Called about once a second.</param>
    public ActiveTime(Action<TimeSpan> onTick)
    {
        _onTick = onTick;
        _timer = new Timer(_ => Count(), null, Tick, Tick);
    }

    public TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
                return _elapsed;
        }
    }

    /// <summary>Waits for a tick that has begun.</summary>
    public void Dispose()
    {
        using var ended = new ManualResetEvent(false);
        if (_timer.Dispose(ended))
            ended.WaitOne();
    }

    private void Count()
    {
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            var passed = Stopwatch.GetElapsedTime(_last, now);
            _last = now;
            _elapsed += passed < Longest ? passed : Tick;
            _onTick(_elapsed);
        }
    }
}
