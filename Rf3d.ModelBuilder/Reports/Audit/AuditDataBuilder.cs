using System.Collections.Immutable;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Chooses what the page of an audit lists.</summary>
/// <param name="audit">What was found.</param>
/// <param name="mostListed">Images of each kind, and groups of duplicates, at most.</param>
/// <param name="nameOf">The name of a file to write down.</param>
internal sealed class AuditDataBuilder(ImageAudit audit, int mostListed, Func<string, string> nameOf)
{
    private const int MostOfGroup = 6;

    private readonly ImmutableArray<(int Number, DuplicateGroup Group)> _groups =
    [
        .. AuditProposals.DuplicateKinds.SelectMany(kind => AuditProposals.Groups(audit, kind)).Take(mostListed),
    ];

    private readonly Dictionary<ImageFindingKind, ImmutableArray<AuditedImage>> _images = Enum.GetValues<ImageFindingKind>()
        .Where(kind => !AuditProposals.DuplicateKinds.Contains(kind))
        .ToDictionary(kind => kind, kind => audit.With(kind).Take(mostListed).ToImmutableArray());

    /// <summary>The images that are listed, some perhaps several times.</summary>
    public IEnumerable<AuditedImage> Images => _images.Values.SelectMany(images => images).Concat(_groups.SelectMany(pair => Shown(pair.Group)));

    /// <param name="title">What was audited.</param>
    /// <param name="tableName">The name of the table beside the page.</param>
    /// <param name="created">When.</param>
    /// <param name="pictures">Thumbnails.</param>
    public AuditData Build(string title, string tableName, DateTimeOffset created, IReadOnlyDictionary<(AuditSplit Split, long Row), Picture> pictures)
    {
        return new()
        {
            Title = title,
            Created = created,
            Audit = audit,
            TableName = tableName,
            Listed = _images.ToDictionary(pair => pair.Key, pair => pair.Value.Select(Listed).ToImmutableArray()),
            Groups = [.. _groups.Select(pair => new ListedGroup(pair.Number, pair.Group, [.. Shown(pair.Group).Select(Listed)]))],
            Unreadable = [.. audit.Unreadable.Select(file => (nameOf(file.Path), file.Reason))],
        };

        ListedImage Listed(AuditedImage image) => new(image, nameOf(AuditProposals.PathOf(image)), pictures.GetValueOrDefault((image.Split, image.Row)));
    }

    private static IEnumerable<AuditedImage> Shown(DuplicateGroup group)
    {
        var kept = AuditProposals.Kept(group);
        return group.Images.OrderBy(image => ReferenceEquals(image, kept) ? 0 : 1).Take(MostOfGroup);
    }
}
