using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>A part of a data set that was audited.</summary>
public enum AuditSplit
{
    /// <summary>The images to learn from.</summary>
    Training,

    /// <summary>The images that choose the best epoch.</summary>
    Validation,

    /// <summary>The images that measure the result.</summary>
    Test,
}

/// <summary>The results of an audit for one image.</summary>
public sealed record AuditedImage
{
    internal AuditedImage()
    {
    }

    /// <summary>The part of the data set that it is in.</summary>
    public required AuditSplit Split { get; init; }

    /// <summary>Its row in the data view of that part, from 0, as an unshuffled cursor counts.</summary>
    public required long Row { get; init; }

    /// <summary>The file, as the column <see cref="ImageAuditOptions.PathColumnName"/> names it; null where the data has no such column.</summary>
    public string? Path { get; init; }

    /// <summary>The class that it is labelled with.</summary>
    public required string Label { get; init; }

    /// <summary>
    /// The probability of its label by a model that learned from other images only (out of fold); null where it could not be held out: it is the only image of its class, or there is only one class.
    /// </summary>
    public double? LabelProbability { get; init; }

    /// <summary>The class that the model would give it instead: never its label. Null as <see cref="LabelProbability"/> is.</summary>
    public string? SuggestedLabel { get; init; }

    /// <summary>The probability of <see cref="SuggestedLabel"/>.</summary>
    public double? SuggestedProbability { get; init; }

    /// <summary>
    /// How doubtful its label is, from 0 to 1: 1 − <see cref="LabelProbability"/>. Null as that is.
    /// </summary>
    public double? LabelDoubt { get; init; }

    /// <summary>The mean distance of its features to those of the images nearest to it: 1 − cosine of the centred features, from 0 to 2; not a number where there is no other image.</summary>
    public required double OutlierDistance { get; init; }

    /// <summary>Height in pixels, as the data gives the image.</summary>
    public required int Height { get; init; }

    /// <summary>Width in pixels, as the data gives the image.</summary>
    public required int Width { get; init; }

    /// <summary>The mean of its pixels, from 0 (black) to 1 (white), weighted as ITU-R BT.601 does: 0.299 red, 0.587 green, 0.114 blue.</summary>
    public required double Brightness { get; init; }

    /// <summary>The standard deviation of its pixels, from 0 (one colour) to 0.5: the root of the mean variance of red, green and blue.</summary>
    public required double Contrast { get; init; }

    /// <summary>
    /// How sharp the sharpest sixteenth of it is, at the size that the network sees: the root mean square of the Laplacian over the standard deviation of the whole image. Above 0; to be compared within a data set
    /// only.
    /// </summary>
    public required double Sharpness { get; init; }

    /// <summary>The findings; empty if there are none.</summary>
    public ImmutableArray<ImageFinding> Findings { get; init; } = [];

    /// <summary>The finding of a kind, or null.</summary>
    /// <param name="kind">The kind.</param>
    public ImageFinding? Finding(ImageFindingKind kind) => Findings.FirstOrDefault(finding => finding.Kind == kind);
}
