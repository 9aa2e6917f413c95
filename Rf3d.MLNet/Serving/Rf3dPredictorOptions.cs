namespace Rf3d.MLNet;

/// <summary>Options of a <see cref="Rf3dPredictor"/>.</summary>
public sealed class Rf3dPredictorOptions
{
    // The longest period of .NET's timers.
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>Path of the saved model (.zip). Required.</summary>
    /// <value>Default: "".</value>
    public string Path { get; set; } = "";

    /// <summary>Whether the model is loaded again when the file changes.</summary>
    /// <value>Default: true.</value>
    public bool WatchForChanges { get; set; } = true;

    /// <summary>Time between two checks of the length and time of last change of the file.</summary>
    /// <value>Above zero, at most 49 days. Default: 2 seconds.</value>
    /// <remarks>
    /// A changed file is loaded when two checks find the same, so that a file that is still being written is not read. Polling, unlike notifications, works on network
    /// drives, in containers, and where links are replaced.
    /// </remarks>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Clock of the <see cref="PollingInterval"/>.</summary>
    /// <value>Default: that of the system.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Device that scores the images.</summary>
    /// <value>"cpu", "cuda", "cuda:0" and so on, or "auto". Default: "auto".</value>
    /// <remarks>As <see cref="SavedModelOptions.Device"/> in a context without <c>GpuDeviceId</c>.</remarks>
    public string Device { get; set; } = "auto";

    /// <summary>Confidence below which an image is not answered.</summary>
    /// <value>0 to 1; 0 answers all images. Default: null, the threshold that was stored in the model, or 0 if none was.</value>
    /// <remarks>As <see cref="SavedModelOptions.MinConfidence"/>.</remarks>
    public float? MinConfidence { get; set; }

    /// <summary>Typicality below which an image is not answered either.</summary>
    /// <value>0 to 1; 0 for no such threshold. Default: 0.</value>
    /// <remarks>As <see cref="SavedModelOptions.MinTypicality"/>.</remarks>
    public float MinTypicality { get; set; }

    /// <summary>Called with each model that was loaded, before it is used: the first one, and those of a changed file. An exception refuses the model.</summary>
    /// <value>Default: null, none.</value>
    /// <remarks>
    /// The constructor of <see cref="Rf3dPredictor"/> throws the exception. If the file has changed, the predictor keeps the model that it has and reports the exception, as for a file that cannot be loaded. The
    /// callback may compare <see cref="Rf3dSavedModel.Classes"/> with those that an application expects, or refuse <see cref="Rf3dSavedModel.ImageSteps"/>, which a predictor does not apply. It must not dispose the model.
    /// </remarks>
    public Action<Rf3dSavedModel>? LoadCallback { get; set; }

    internal SavedModelOptions Loading => new() { Device = Device, MinConfidence = MinConfidence, MinTypicality = MinTypicality };

    /// <exception cref="ArgumentException">There is no path, the interval is not more than zero or longer than a timer's, the device is unknown, or the threshold is not from 0 to 1.</exception>
    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(Path))
            throw new ArgumentException("Path names no model.", nameof(Path));
        if (PollingInterval <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(PollingInterval), PollingInterval, "PollingInterval is more than zero.");
        if (PollingInterval > LongestInterval)
            throw new ArgumentOutOfRangeException(nameof(PollingInterval), PollingInterval, "PollingInterval is at most 49 days, the longest that a timer runs. To never load the model again, set WatchForChanges to false.");
        ArgumentNullException.ThrowIfNull(TimeProvider);
        _ = Loading.Checked();
    }
}
