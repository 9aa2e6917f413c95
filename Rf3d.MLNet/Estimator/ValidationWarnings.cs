using System.Collections.Immutable;
using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Warnings on validation images that make their accuracy unreliable.</summary>
internal static class ValidationWarnings
{
    /// <param name="training">The images to train on.</param>
    /// <param name="validation">The images to validate on: of a set of their own, or held out of the same one.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="cancellation">Ends the search for equal images.</param>
    /// <returns>Warnings; empty if there are none.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IEnumerable<string> Of(
        ImageSubset training, ImageSubset validation, ImmutableArray<string> classes, CancellationToken cancellation)
    {
        var isHeldOut = ReferenceEquals(training.Set, validation.Set);
        var shared = ValidationOverlap.Of(training, validation, cancellation);
        if (shared.Count > 0)
            yield return Overlap(shared, training.Set, validation.Count, isHeldOut);

        var (trained, validated) = (training.ClassCounts(classes.Length), validation.ClassCounts(classes.Length));
        // Classes without training images have a warning of their own.
        var missing = classes.Where((_, index) => trained[index] > 0 && validated[index] == 0).ToList();
        if (missing.Count > 0)
        {
            var remedy = isHeldOut ? "Of a class with 2 images or more, one is held out." : "Add images of each class to the validation data.";
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{missing.Count} of {classes.Length} classes have no validation image, and the validation accuracy says nothing of them: {ListedNames.Of([.. missing.Select(name => $"'{name}'")])}. {remedy}");
        }
    }

    private static string Overlap(IReadOnlyList<(long Validation, long Training)> shared, ImageSet images, long count, bool isHeldOut)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{shared.Count} of {count} validation images are training images too, the same in every pixel at {images.Height}x{images.Width}: the network memorizes them, and the validation accuracy will be too high. ");
        var rows = ListedNames.Of([.. shared.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Validation} = {pair.Training}"))]);
        // Rows without a label are no images here, and do not count.
        return text + (isHeldOut
            ? $"The data has images twice; keep one of each. Held out = trained on, by number from 0: {rows}."
            : $"Take them out of one of the two. Validation image = training image, by number from 0: {rows}.");
    }
}
