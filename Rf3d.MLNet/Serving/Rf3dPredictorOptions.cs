namespace Rf3d.MLNet;

/// <summary>Options of a <see cref="Rf3dPredictor"/>.</summary>
public sealed class Rf3dPredictorOptions
{
    /// <summary>The .zip of the model. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether the model is loaded again when the file changes. Default: true.</summary>
    public bool WatchForChanges { get; set; } = true;

    /// <summary>
    /// How often the file's time and length are looked at, more than zero. A changed file is loaded once two looks find the same, so that a copy that is still being
    /// written is left alone. Polling, unlike notifications, works on network drives, in containers, and where links are replaced. Default: 2 seconds.
    /// </summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock that <see cref="PollingInterval"/> goes by. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <exception cref="ArgumentException">There is no path, or the interval is not more than zero.</exception>
    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(Path))
            throw new ArgumentException("Path names no model.", nameof(Path));
        if (PollingInterval <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(PollingInterval), PollingInterval, "PollingInterval is more than zero.");
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
