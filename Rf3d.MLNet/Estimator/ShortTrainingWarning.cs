using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The warning on settings by which random weights hardly begin to learn: few epochs of few images, or few steps because each takes most of the images.</summary>
internal static class ShortTrainingWarning
{
    // Of what the default shows a network. With a third, a classifier of 20 letters was right for a tenth of them, with two thirds for nine tenths (docs/journal.md).
    private const double EnoughImagesSeen = 0.5 * EpochChoice.FewestImagesSeen;

    /// <param name="epochs">Epochs that are trained.</param>
    /// <param name="images">Images to learn from.</param>
    /// <param name="batchSize">Images in a step.</param>
    /// <param name="isStated">Whether the options state the number of epochs.</param>
    /// <returns>Null where there is enough to see, or the defaults show hardly more.</returns>
    public static string? Of(int epochs, long images, int batchSize, bool isStated)
    {
        if (Seen(epochs, batchSize) >= EnoughImagesSeen)
            return null;
        var usual = EpochChoice.OfImages(images);
        OptionName epoch = new(nameof(TrainingRecipe.Epoch)), batch = new(nameof(TrainingRecipe.BatchSize));
        if (isStated && 2 * epochs < usual)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Random weights may hardly begin to learn in {epochs} {(epochs == 1 ? "epoch" : "epochs")} of {images} images. Raise {epoch} (rf3d: --epoch, --train-time), to {usual} for instance.");
        }
        return batchSize > BatchChoice.SmallSize && 2 * Seen(epochs, batchSize) <= Seen(epochs, BatchChoice.SmallSize)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Random weights may hardly begin to learn in {epochs * (images / InStep(batchSize))} steps of {InStep(batchSize)} images. Lower {batch} (rf3d: --batch-size), to {BatchChoice.SmallSize} for instance, which gives {epochs * (images / InStep(BatchChoice.SmallSize))} steps.")
            : null;

        long InStep(int size) => Math.Min(size, images);

        // In a step with more images than usual a network learns hardly more.
        long Seen(int epochs, int size) => epochs * (images / InStep(size)) * Math.Min(InStep(size), BatchChoice.SmallSize);
    }
}
