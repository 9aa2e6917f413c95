namespace Rf3d.MLNet;

/// <summary>What a report of a training is about.</summary>
public enum TrainingPhase
{
    /// <summary>The network learns from the images, epoch by epoch.</summary>
    Epochs,

    /// <summary>A pretrained network computes the features of all images, once. Nothing is learned.</summary>
    Features,

    /// <summary>The last layer was learned from the features of a pretrained network. All other weights stay as they are.</summary>
    LastLayer,
}
