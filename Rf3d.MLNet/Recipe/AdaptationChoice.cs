namespace Rf3d.MLNet;

/// <summary>How a pretrained network is adapted to so many images.</summary>
internal static class AdaptationChoice
{
    /// <summary>Below it, fine-tuning does no better than the features as they are.</summary>
    public const long FewestImagesToTune = 1_000;

    /// <summary>Whether only the last layer is trained.</summary>
    /// <param name="adaptation">As asked for.</param>
    /// <param name="images">Number of training images.</param>
    public static bool IsProbe(Adaptation adaptation, long images) =>
        adaptation is Adaptation.Probe || (adaptation is Adaptation.Auto && images < FewestImagesToTune);
}
