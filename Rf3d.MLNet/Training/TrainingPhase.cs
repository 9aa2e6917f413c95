namespace Rf3d.MLNet;

/// <summary>Phase of a training.</summary>
public enum TrainingPhase
{
    /// <summary>Epochs are trained.</summary>
    Epochs,

    /// <summary>A pretrained network computes the features of all images, once.</summary>
    Features,

    /// <summary>The last layer was trained on the features of a pretrained network. All other weights are unchanged.</summary>
    LastLayer,
}
