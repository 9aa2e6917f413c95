using System.Collections.Immutable;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An image that the page of an audit shows.</summary>
/// <param name="Image">The results of the audit for it.</param>
/// <param name="Name">Its name, relative to the data set.</param>
/// <param name="Picture">A thumbnail; null where the image cannot be read any more.</param>
internal sealed record ListedImage(AuditedImage Image, string Name, Picture? Picture);

/// <summary>A group of duplicates that the page of an audit shows.</summary>
/// <param name="Number">Its number, as in the table.</param>
/// <param name="Group">The group.</param>
/// <param name="Images">The images of it that are shown.</param>
internal sealed record ListedGroup(int Number, DuplicateGroup Group, ImmutableArray<ListedImage> Images);

/// <summary>Everything that the page of an audit says. Renderers only write it down.</summary>
internal sealed record AuditData
{
    /// <summary>The name of the audited folder.</summary>
    public required string Title { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required ImageAudit Audit { get; init; }

    /// <summary>The name of the table beside the page.</summary>
    public required string TableName { get; init; }

    /// <summary>The most suspicious images of each kind but duplicates.</summary>
    public required IReadOnlyDictionary<ImageFindingKind, ImmutableArray<ListedImage>> Listed { get; init; }

    /// <summary>Groups of duplicates, across classes first, then across splits.</summary>
    public required ImmutableArray<ListedGroup> Groups { get; init; }

    /// <summary>Files that cannot be read, with names relative to the data set.</summary>
    public ImmutableArray<(string Name, string Reason)> Unreadable { get; init; } = [];

    /// <summary>The files and folders that are not used.</summary>
    public ImmutableArray<UnusedFiles> Unused { get; init; } = [];

    public ImmutableArray<ListedImage> Of(ImageFindingKind kind) => Listed.GetValueOrDefault(kind, []);
}
