using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>The result of an audit of a data set. The data is not changed.</summary>
public sealed record ImageAudit
{
    internal ImageAudit()
    {
    }

    /// <summary>All images with a label, part by part in the order of the rows.</summary>
    public required ImmutableArray<AuditedImage> Images { get; init; }

    /// <summary>Images that show the same, in the order of their first images.</summary>
    public required ImmutableArray<DuplicateGroup> Duplicates { get; init; }

    /// <summary>The classes, those of the training images first, in the order of their keys.</summary>
    public required ImmutableArray<AuditedClass> Classes { get; init; }

    /// <summary>Files that are no readable images, where the data view leaves them out (<c>BadImageAction.Skip</c> of Rf3d.Datasets).</summary>
    public ImmutableArray<UnreadableImage> Unreadable { get; init; } = [];

    /// <summary>
    /// The share of images that the cross-validated model puts into the class of their label; null where labels were not judged. A set with wrong labels cannot reach 1, and images that are hard to classify lower it, too.
    /// </summary>
    public double? CrossValidatedAccuracy { get; init; }

    /// <summary>The 95 % interval of <see cref="CrossValidatedAccuracy"/>, as far as the number of images goes.</summary>
    public ConfidenceInterval? AccuracyInterval { get; init; }

    /// <summary>The pretrained network whose features were compared.</summary>
    public required string Pretrained { get; init; }

    /// <summary>Height in pixels of the images that it saw.</summary>
    public required int ImageHeight { get; init; }

    /// <summary>Width in pixels of the images that it saw.</summary>
    public required int ImageWidth { get; init; }

    /// <summary>The images with a finding of a kind, the most suspicious first.</summary>
    /// <param name="kind">The kind.</param>
    public ImmutableArray<AuditedImage> With(ImageFindingKind kind) =>
        [.. Images.Select(image => (Image: image, Finding: image.Finding(kind))).Where(pair => pair.Finding is not null).OrderByDescending(pair => pair.Finding!.Score).Select(pair => pair.Image)];

    /// <summary>All images whose label was judged, doubted or not, the most doubtful first.</summary>
    public ImmutableArray<AuditedImage> ByLabelDoubt() => [.. Images.Where(image => image.LabelDoubt is not null).OrderByDescending(image => image.LabelDoubt)];
}

/// <summary>Images that show the same: equal in every pixel, mirrored, or changed a little. Images that are alike in turn are in one group.</summary>
public sealed record DuplicateGroup
{
    internal DuplicateGroup()
    {
    }

    /// <summary>The images, at least two, in the order of <see cref="ImageAudit.Images"/>.</summary>
    public required ImmutableArray<AuditedImage> Images { get; init; }

    /// <summary>Whether all are equal in every pixel at the size that the network sees.</summary>
    public bool IsExact => Similarity >= 1;

    /// <summary>The least similarity of the pairs that were found, from 0 to 1.</summary>
    public required double Similarity { get; init; }

    /// <summary>Whether they are in several parts of the data set.</summary>
    public bool CrossesSplits => Images.Any(image => image.Split != Images[0].Split);

    /// <summary>Whether they have several labels.</summary>
    public bool CrossesClasses => Images.Any(image => image.Label != Images[0].Label);

    /// <summary>The finding of its images: across classes before across splits.</summary>
    public ImageFindingKind Kind => CrossesClasses ? ImageFindingKind.DuplicateAcrossClasses : CrossesSplits ? ImageFindingKind.DuplicateAcrossSplits : ImageFindingKind.Duplicate;
}

/// <summary>The results of an audit for one class.</summary>
public sealed record AuditedClass
{
    internal AuditedClass()
    {
    }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Images with its label, in all parts.</summary>
    public required long Images { get; init; }

    /// <summary>Images with its label that is in doubt.</summary>
    public required long Doubted { get; init; }

    /// <summary>Images of other labels for which it is suggested.</summary>
    public required long Suggested { get; init; }

    /// <summary>
    /// The mean probability of the class among the images with its label, which an image of another label must reach for it to count (the threshold of confident learning); null where no image of it was judged.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>The share of its images that the cross-validated model recognises; null where none was judged.</summary>
    public double? Recall { get; init; }
}

/// <summary>A file that is no readable image.</summary>
public sealed record UnreadableImage
{
    internal UnreadableImage()
    {
    }

    /// <summary>The part of the data set that it is in.</summary>
    public required AuditSplit Split { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The reason, as a sentence.</summary>
    public required string Reason { get; init; }
}
