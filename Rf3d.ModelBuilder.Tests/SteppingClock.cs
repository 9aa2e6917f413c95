namespace Rf3d.ModelBuilder.Tests;

/// <summary>A clock that stands still but for the seconds that each look at it takes.</summary>
internal sealed class SteppingClock(int seconds) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => _now += seconds;
}
