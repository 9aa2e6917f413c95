namespace Rf3d.MLNet;

/// <summary>The number of epochs, where the recipe leaves it open.</summary>
internal static class EpochChoice
{
    /// <summary>Epochs of a training on many images.</summary>
    public const int Usual = 20;

    private const int Most = 200;

    // With fewer, a network may not have begun to learn; docs/journal.md has the measurements.
    internal const long FewestImagesSeen = 24_000;

    /// <summary>Number of images below which there may be more epochs than usual.</summary>
    public const long FewImages = FewestImagesSeen / Usual;

    /// <param name="recipe">The recipe.</param>
    /// <param name="images">Images to learn from; null where their number is not known.</param>
    /// <param name="hasWeights">Whether training starts from learned weights.</param>
    public static int Of(TrainingRecipe recipe, long? images, bool hasWeights) =>
        recipe.Epoch ?? (images is { } count && DependsOnImages(recipe, hasWeights) ? OfImages(count) : Usual);

    /// <summary>The number for random weights.</summary>
    /// <param name="images">Images to learn from.</param>
    public static int OfImages(long images) => (int)Math.Clamp((FewestImagesSeen + images - 1) / Math.Max(1, images), Usual, Most);

    /// <summary>Whether the number follows from that of the images: unless it is stated, weights are learned already, or other settings count in epochs.</summary>
    public static bool DependsOnImages(TrainingRecipe recipe, bool hasWeights) => !hasWeights && recipe is { Epoch: null, WarmUpEpochs: null or 0, LearningRateSchedule: not LearningRateSchedule.Steps };
}
