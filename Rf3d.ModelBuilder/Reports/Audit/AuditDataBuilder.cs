using System.Collections.Immutable;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Chooses the images that the page of an audit lists.</summary>
/// <param name="audit">The audit.</param>
/// <param name="mostListed">Images of each kind, and groups of duplicates, at most.</param>
/// <param name="nameOf">The name of a file to write down.</param>
internal sealed class AuditDataBuilder(ImageAudit audit, int mostListed, Func<string, string> nameOf)
{
    /// <summary>The content of the page, with its pictures.</summary>
    /// <param name="run">The audit.</param>
    /// <param name="title">Name of the data set.</param>
    /// <param name="tableName">The name of the table beside the page.</param>
    /// <param name="mostListed">Images of each finding at most.</param>
    /// <param name="reading">How images are read.</param>
    /// <param name="cancellation">Ends it.</param>
    public static AuditData Of(AuditRun run, string title, string tableName, int mostListed, ImageFolderOptions reading, CancellationToken cancellation)
    {
        var builder = new AuditDataBuilder(run.Result, mostListed, run.NameOf);
        var pictures = new AuditPictures(run.Parts, reading.MaxPixels, reading.ApplyOrientation).Of(builder.Images, cancellation);
        return builder.Build(title, tableName, TimeProvider.System.GetUtcNow(), pictures) with { Unused = [.. DataSetNotes.Merged(run.Unused)] };
    }

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

    /// <param name="title">Name of the data set.</param>
    /// <param name="tableName">The name of the table beside the page.</param>
    /// <param name="created">Time of the audit, UTC.</param>
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

    private static IEnumerable<AuditedImage> Shown(DuplicateGroup group) => AuditProposals.InOrder(group).Take(MostOfGroup);
}
