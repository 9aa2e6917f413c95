using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Proposals for the findings of an audit. Only all but one copy of a picture with one label, and files that cannot be read, are excluded by default. Users judge labels in doubt and bad images
/// themselves.
/// </summary>
internal static class AuditProposals
{
    /// <summary>The kinds of duplicates, the most serious first.</summary>
    public static IReadOnlyList<ImageFindingKind> DuplicateKinds { get; } = [ImageFindingKind.DuplicateAcrossClasses, ImageFindingKind.DuplicateAcrossSplits, ImageFindingKind.Duplicate];

    /// <summary>The rows, kind by kind, the most suspicious of each first; duplicates group by group.</summary>
    /// <param name="audit">The audit.</param>
    /// <param name="nameOf">The name of a file to write down.</param>
    public static IEnumerable<AuditProposal> Of(ImageAudit audit, Func<string, string> nameOf)
    {
        foreach (var kind in Enum.GetValues<ImageFindingKind>())
        {
            foreach (var proposal in DuplicateKinds.Contains(kind) ? Duplicates(audit, kind, nameOf) : Images(audit, kind, nameOf))
                yield return proposal;
        }
        foreach (var file in audit.Unreadable)
            yield return new(nameOf(file.Path), file.Split, "unreadable", "replace or remove file") { IsExcluded = true };
    }

    /// <summary>A finding in words.</summary>
    public static string Words(ImageFindingKind kind) => kind switch
    {
        ImageFindingKind.LabelDoubt => "label in doubt",
        ImageFindingKind.DuplicateAcrossClasses => "duplicate across classes",
        ImageFindingKind.DuplicateAcrossSplits => "duplicate across splits",
        ImageFindingKind.Duplicate => "duplicate",
        ImageFindingKind.Outlier => "outlier",
        ImageFindingKind.OneColour => "one colour",
        ImageFindingKind.Dark => "dark",
        ImageFindingKind.Blurred => "blurred",
        ImageFindingKind.Tiny => "tiny",
        ImageFindingKind.OddAspect => "odd aspect",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are no words for this finding."),
    };

    /// <summary>The groups of one kind with their numbers, counted from 1 over all kinds: the most similar first, then the largest.</summary>
    public static IEnumerable<(int Number, DuplicateGroup Group)> Groups(ImageAudit audit, ImageFindingKind kind) =>
        audit.Duplicates.Select((group, index) => (index + 1, group)).Where(pair => pair.group.Kind == kind).OrderByDescending(pair => pair.group.Similarity).ThenByDescending(pair => pair.group.Images.Length);

    /// <summary>The copy to keep, where all have one label: one that measures before one that is learned from, so that the figures of a test stay comparable.</summary>
    public static AuditedImage? Kept(DuplicateGroup group) => group.CrossesClasses ? null : group.Images.OrderByDescending(image => image.Split).ThenBy(image => image.Row).First();

    /// <summary>The images of a group, the copy to keep first.</summary>
    public static IEnumerable<AuditedImage> InOrder(DuplicateGroup group)
    {
        var kept = Kept(group);
        return group.Images.OrderBy(image => ReferenceEquals(image, kept) ? 0 : 1);
    }

    /// <summary>The file of an image, or its row if it has none.</summary>
    public static string PathOf(AuditedImage image) => image.Path ?? FormattableString.Invariant($"row {image.Row}");

    private static IEnumerable<AuditProposal> Images(ImageAudit audit, ImageFindingKind kind, Func<string, string> nameOf) => audit.With(kind).Select(image => Row(image, kind, nameOf) with
    {
        Suggestion = kind is ImageFindingKind.LabelDoubt ? (image.SuggestedLabel!, image.SuggestedProbability!.Value) : null,
    });

    private static IEnumerable<AuditProposal> Duplicates(ImageAudit audit, ImageFindingKind kind, Func<string, string> nameOf) => Groups(audit, kind).SelectMany(pair =>
    {
        var kept = Kept(pair.Group);
        return InOrder(pair.Group).Select(image => Row(image, kind, nameOf) with
        {
            Group = pair.Number,
            Action = kept is null ? "check label" : ReferenceEquals(image, kept) ? "keep" : "remove duplicate",
            IsExcluded = kept is not null && !ReferenceEquals(image, kept),
        });
    });

    private static AuditProposal Row(AuditedImage image, ImageFindingKind kind, Func<string, string> nameOf) =>
        new(nameOf(PathOf(image)), image.Split, Words(kind), kind is ImageFindingKind.LabelDoubt ? "check label" : "look at image") { Label = image.Label, Score = image.Finding(kind)?.Score ?? 0 };
}
