using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An audit of a data set: its parts, what was found, and what to do about it.</summary>
/// <param name="mlContext">The context.</param>
/// <param name="source">The data set.</param>
/// <param name="folder">The folder that names are relative to.</param>
/// <param name="maxPixels">Pixels that an image may have.</param>
/// <param name="isUpright">Whether images are turned as the orientation in their files says.</param>
internal sealed class AuditRun(MLContext mlContext, DataSource source, string folder, long maxPixels, bool isUpright)
{
    private readonly Dictionary<AuditSplit, ImageFolderDataView> _parts = [];
    private ImageAudit? _audit;

    /// <summary>What was found.</summary>
    public ImageAudit Result => _audit ?? throw new InvalidOperationException("Nothing was audited yet.");

    /// <summary>The rows of the table.</summary>
    public IReadOnlyList<AuditProposal> Proposals { get; private set; } = [];

    /// <summary>The findings, each with the number of images that have it.</summary>
    public IEnumerable<(string Finding, int Count)> Counts =>
        Enum.GetValues<ImageFindingKind>().Select(kind => (AuditProposals.Words(kind), Result.With(kind).Length)).Append(("unreadable", Result.Unreadable.Length));

    /// <summary>Reads all images and judges them.</summary>
    /// <param name="options">The options.</param>
    public void Audit(ImageAuditOptions options)
    {
        var train = _parts[AuditSplit.Training] = source.Train(null);
        if (source.Validation is not null)
            _parts[AuditSplit.Validation] = source.Validation(train.Classes);
        if (source.Test is not null)
            _parts[AuditSplit.Test] = source.Test(train.Classes);
        _audit = mlContext.MulticlassClassification.AuditImages(train, _parts.GetValueOrDefault(AuditSplit.Validation), _parts.GetValueOrDefault(AuditSplit.Test), options);
        Proposals = [.. AuditProposals.Of(_audit, NameOf)];
    }

    /// <summary>What the page says, with its pictures.</summary>
    /// <param name="title">What was audited.</param>
    /// <param name="tableName">The name of the table beside the page.</param>
    /// <param name="mostListed">Images of each finding at most.</param>
    /// <param name="cancellation">Ends it.</param>
    public AuditData Page(string title, string tableName, int mostListed, CancellationToken cancellation)
    {
        var builder = new AuditDataBuilder(Result, mostListed, NameOf);
        var views = _parts.ToDictionary(part => part.Key, part => (IDataView)part.Value);
        var pictures = new AuditPictures(views, _parts[AuditSplit.Training].Classes, maxPixels, isUpright).Of(builder.Images, cancellation);
        return builder.Build(title, tableName, TimeProvider.System.GetUtcNow(), pictures) with
        {
            Unused = [.. DataSetNotes.Merged(source.Unused.Concat(_parts.Values.SelectMany(part => part.UnusedFiles)))],
        };
    }

    private string NameOf(string path)
    {
        if (!Path.IsPathFullyQualified(path))
            return path;
        var relative = Path.GetRelativePath(folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
