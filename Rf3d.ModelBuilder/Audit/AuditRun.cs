using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An audit of a data set: its parts, the findings, and proposals for them.</summary>
/// <param name="mlContext">The context.</param>
/// <param name="source">The data set.</param>
/// <param name="folder">The folder that names are relative to.</param>
internal sealed class AuditRun(MLContext mlContext, DataSource source, string folder)
{
    private readonly Dictionary<AuditSplit, ImageFolderDataView> _parts = [];
    private ImageAudit? _audit;

    /// <summary>The audit.</summary>
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
        var train = _parts[AuditSplit.Training] = source.Train.Load(null);
        if (source.Validation is not null)
            _parts[AuditSplit.Validation] = source.Validation.Load(train.Classes);
        if (source.Test is not null)
            _parts[AuditSplit.Test] = source.Test.Load(train.Classes);
        _audit = mlContext.MulticlassClassification.AuditImages(train, _parts.GetValueOrDefault(AuditSplit.Validation), _parts.GetValueOrDefault(AuditSplit.Test), options);
        Proposals = [.. AuditProposals.Of(_audit, NameOf)];
    }

    /// <summary>The parts of the data set.</summary>
    public IReadOnlyDictionary<AuditSplit, ImageFolderDataView> Parts => _parts;

    /// <summary>The files and folders that are not used.</summary>
    public IEnumerable<UnusedFiles> Unused => source.Unused.Concat(_parts.Values.SelectMany(part => part.UnusedFiles));

    /// <summary>The name of a file in the table and on the page: relative to the folder if it is inside.</summary>
    public string NameOf(string path)
    {
        if (!Path.IsPathFullyQualified(path))
            return path;
        var relative = Path.GetRelativePath(folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
