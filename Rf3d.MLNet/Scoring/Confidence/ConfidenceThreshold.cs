using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>The threshold below which a model answers that it does not know, and the label that it then gives.</summary>
/// <param name="MinConfidence">0 to 1; 0 for no threshold.</param>
/// <param name="UnknownLabel">The label.</param>
internal sealed record ConfidenceThreshold(float MinConfidence, string UnknownLabel)
{
    /// <summary>The typicality below which it does not answer either, 0 to 1; 0 for none.</summary>
    public float MinTypicality { get; init; }

    /// <param name="minConfidence">0 to 1; 0 for no threshold.</param>
    /// <param name="classes">Names of the classes, of which the label must not be one.</param>
    public static ConfidenceThreshold Of(float minConfidence, ImmutableArray<string> classes) => new(minConfidence, UnknownClass.LabelBeside(classes));

    /// <exception cref="ArgumentOutOfRangeException">The threshold is not from 0 to 1.</exception>
    public static void Check(float minConfidence, string name)
    {
        if (!(minConfidence is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, minConfidence, $"{name} must be from 0 to 1; 0 is no threshold.");
    }

    /// <summary>Whether an image is not answered.</summary>
    /// <param name="confidence">The probability of the most probable class.</param>
    /// <param name="typicality">How like the training images it is; null where that is not known.</param>
    public bool IsUnknown(float confidence, float? typicality) =>
        // In this form also where a figure is not a number.
        !(confidence >= MinConfidence) || (typicality is { } known && !(known >= MinTypicality));
}
