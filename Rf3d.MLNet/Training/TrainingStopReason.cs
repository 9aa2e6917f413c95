namespace Rf3d.MLNet;

/// <summary>Why training ended.</summary>
public enum TrainingStopReason
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>The criteria of early stopping were met.</summary>
    EarlyStopping,

    /// <summary>Training was cancelled. The best epoch so far is the model; before the first one, the classifier on the features of a pretrained network.</summary>
    Cancelled,

    /// <summary>The loss became infinite or NaN. The best epoch before is the model.</summary>
    NonFiniteLoss,
}
