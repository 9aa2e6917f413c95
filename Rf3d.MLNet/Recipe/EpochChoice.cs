namespace Rf3d.MLNet;

/// <summary>The number of epochs, where the options leave it open.</summary>
internal static class EpochChoice
{
    /// <summary>Epochs of trainings on many images, and of those that start from learned weights.</summary>
    public const int Usual = 20;

    private const int Most = 200;

    // A network that sees fewer has hardly begun to learn; docs/journal.md has the measurements.
    private const long FewestImagesSeen = 24_000;

    /// <summary>Number of images below which there are more epochs than usual.</summary>
    public const long FewImages = FewestImagesSeen / Usual;

    /// <param name="images">Images to learn from; null where their number is not known.</param>
    /// <param name="hasWeights">Whether training starts from learned weights.</param>
    public static int For(long? images, bool hasWeights) =>
        images is { } count && !hasWeights ? (int)Math.Clamp((FewestImagesSeen + count - 1) / Math.Max(1, count), Usual, Most) : Usual;
}
