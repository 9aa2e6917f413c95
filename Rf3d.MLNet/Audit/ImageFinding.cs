namespace Rf3d.MLNet;

/// <summary>The kinds of findings with an image, most important first.</summary>
public enum ImageFindingKind
{
    /// <summary>
    /// A cross-validated model is confident that the image is of another class than its label says; or its label is among the 8 % that are most doubtful, and another class is more probable.
    /// </summary>
    LabelDoubt,

    /// <summary>The same picture, also mirrored or changed a little, has another label elsewhere in the data set: no network can learn both.</summary>
    DuplicateAcrossClasses,

    /// <summary>The same picture, also mirrored or changed a little, is in another part of the data set. Where that is the training set, an accuracy measured with the image is too high.</summary>
    DuplicateAcrossSplits,

    /// <summary>The same picture, also mirrored or changed a little, is in the same part of the data set with the same label: it counts twice.</summary>
    Duplicate,

    /// <summary>The image is unlike all others: it may be of none of the classes.</summary>
    Outlier,

    /// <summary>The image is of one colour, or nearly.</summary>
    OneColour,

    /// <summary>The image is so dark that hardly anything shows.</summary>
    Dark,

    /// <summary>The image is blurred at the size that a network sees.</summary>
    Blurred,

    /// <summary>The image has far fewer pixels than the others.</summary>
    Tiny,

    /// <summary>The image is much longer on one side than the others: most of it is cut off or shrunk before a network sees it.</summary>
    OddAspect,
}

/// <summary>Something that an audit found wrong with an image.</summary>
public sealed record ImageFinding
{
    internal ImageFinding()
    {
    }

    /// <summary>The kind.</summary>
    public required ImageFindingKind Kind { get; init; }

    /// <summary>
    /// How suspicious it is, from 0 to 1; to be compared within a kind only. <see cref="AuditedImage.LabelDoubt"/> for a label, the similarity for duplicates (1: equal in every pixel), and for all else how far beyond the
    /// limit the image is: 1 − limit / value, or 1 − value / limit where less is worse.
    /// </summary>
    public required double Score { get; init; }
}
