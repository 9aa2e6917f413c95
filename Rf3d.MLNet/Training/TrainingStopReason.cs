namespace Rf3d.MLNet;

/// <summary>Why training ended.</summary>
public enum TrainingStopReason
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>The criteria of early stopping were met.</summary>
    EarlyStopping,

    /// <summary>The cancellation token asked for it. The best epoch so far is kept.</summary>
    Cancelled,

    /// <summary>The loss became infinite or not a number. The best epoch before is kept.</summary>
    NonFiniteLoss,
}
