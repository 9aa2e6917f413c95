using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>An image of an audit as the data has it.</summary>
/// <param name="Row">The row, from 0.</param>
/// <param name="Path">The file; null where the data does not say.</param>
/// <param name="Label">The class, from 0, by the keys of the part.</param>
/// <param name="Size">The size that the data gives the image in.</param>
internal readonly record struct AuditRow(long Row, string? Path, int Label, Size2D Size);

/// <summary>A part of a data set that is audited: its images, and the results of the pass over their pixels.</summary>
/// <param name="Split">Which part.</param>
/// <param name="Classes">The names of its classes, by their keys.</param>
/// <param name="Rows">The images.</param>
/// <param name="Entries">Digests and sums of their pixels at the size that the network sees.</param>
/// <param name="Features">[images, features].</param>
/// <param name="Measures">Thumbnails and sharpness.</param>
internal sealed record AuditPart(
    AuditSplit Split, ImmutableArray<string> Classes, AuditRow[] Rows, ImageEntry[] Entries, TorchSharp.torch.Tensor Features, PixelMeasures Measures) : IDisposable
{
    /// <summary>Files that the data left out.</summary>
    public ImmutableArray<UnreadableImage> Unreadable { get; init; } = [];

    /// <summary>Finds rows, paths and sizes of the images that were read, in the order of the data.</summary>
    /// <param name="data">The data.</param>
    /// <param name="label">Its labels.</param>
    /// <param name="pathColumn">The column of paths, if there is one.</param>
    /// <param name="sizes">The sizes by row id.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static AuditRow[] ReadRows(IDataView data, LabelColumn label, string pathColumn, ConcurrentDictionary<DataViewRowId, Size2D> sizes, CancellationToken cancellation)
    {
        DataViewSchema.Column? path = data.Schema.GetColumnOrNull(pathColumn) is { Type: TextDataViewType } found ? found : null;
        using var cursor = data.GetRowCursor(path is { } named ? [label.Column, named] : [label.Column]);
        var (getLabel, getId) = (cursor.GetGetter<uint>(label.Column), cursor.GetIdGetter());
        var getPath = path is { } column ? cursor.GetGetter<ReadOnlyMemory<char>>(column) : null;
        List<AuditRow> rows = [];
        for (var row = 0L; cursor.MoveNext(); row++)
        {
            cancellation.ThrowIfCancellationRequested();
            uint key = 0;
            getLabel(ref key);
            // Rows without a label are no images here.
            if (key == 0)
                continue;
            var id = default(DataViewRowId);
            getId(ref id);
            ReadOnlyMemory<char> file = default;
            getPath?.Invoke(ref file);
            rows.Add(new(row, file.IsEmpty ? null : file.ToString(), (int)key - 1, sizes.GetValueOrDefault(id)));
        }
        return [.. rows];
    }

    /// <summary>The files that Rf3d.Datasets left out while the data was read.</summary>
    public static ImmutableArray<UnreadableImage> Skipped(IDataView data, AuditSplit split) =>
        data is ImageFolderDataView folder ? [.. folder.SkippedImages.Select(image => new UnreadableImage { Split = split, Path = image.Path, Reason = image.Reason })] : [];

    public void Dispose()
    {
        Features.Dispose();
        Measures.Dispose();
    }
}
