using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>The result of the first pass over the data.</summary>
/// <param name="Index">The index of the images.</param>
/// <param name="Places">Where the sink has the pixels of each row.</param>
/// <param name="Ids">The row ids of the data, by row of the survey.</param>
/// <param name="Unlabelled">Rows that are left out for lack of a label.</param>
/// <param name="IsFull">Whether the sink had no room for all; there are rows missing then.</param>
internal sealed record IndexedData(ImageIndex Index, int[] Places, DataViewRowId[] Ids, long Unlabelled, bool IsFull);

/// <summary>
/// Decodes all images once, on as many cursors as the data view gives, and passes them on. The rows are in the order of the view nevertheless, so that a
/// seed means the same everywhere.
/// </summary>
internal sealed class ImageIndexer
{
    private readonly ImageRows _rows;
    private readonly IImageSink? _sink;
    private readonly CancellationToken _cancellation;
    private long _unlabelled;
    private volatile bool _isFull;
    private volatile bool _hasFailed;

    private readonly record struct Entry(long Batch, DataViewRowId Id, int Place, ImageEntry Image);

    private ImageIndexer(ImageRows rows, IImageSink? sink, CancellationToken cancellation) => (_rows, _sink, _cancellation) = (rows, sink, cancellation);

    /// <param name="rows">The data.</param>
    /// <param name="sink">Receives the images; null to discard them.</param>
    /// <param name="cancellation">Ends the pass.</param>
    public static IndexedData Read(ImageRows rows, IImageSink? sink, CancellationToken cancellation) => new ImageIndexer(rows, sink, cancellation).Read();

    private IndexedData Read()
    {
        using var workers = new DecodeWorkers();
        var cursors = _rows.OpenImages(null);
        var entries = new List<Entry>[cursors.Length];
        try
        {
            Task.WaitAll(workers.Start([.. cursors.Select((cursor, i) => (Action)(() => entries[i] = ReadRows(cursor)))]));
        }
        catch (AggregateException errors)
        {
            ImageRows.ThrowCause(errors);
        }
        finally
        {
            foreach (var cursor in cursors)
                cursor.Dispose();
        }
        // The memory for the largest images is of no use to the training that follows.
        GlibcHeap.ReturnFree();
        // A batch lies in one cursor, in order; ordering is stable.
        Entry[] all = [.. entries.SelectMany(list => list).OrderBy(entry => entry.Batch)];
        return new(
            new(_rows.Height, _rows.Width, Array.ConvertAll(all, entry => entry.Image)),
            Array.ConvertAll(all, entry => entry.Place), Array.ConvertAll(all, entry => entry.Id), _unlabelled, _isFull);
    }

    private List<Entry> ReadRows(ImageRow row)
    {
        try
        {
            return EntriesOf(row);
        }
        catch
        {
            // A bad image that one cursor came upon ends the reading on the others, too.
            _hasFailed = true;
            throw;
        }
    }

    private List<Entry> EntriesOf(ImageRow row)
    {
        var entries = new List<Entry>();
        var pixels = new byte[_rows.ImageBytes];
        while (!_isFull && !_hasFailed && row.MoveNext())
        {
            _cancellation.ThrowIfCancellationRequested();
            var label = row.Label();
            if (label < 0)
            {
                Interlocked.Increment(ref _unlabelled);
                continue;
            }
            var transparency = row.Decode(pixels);
            var place = _sink?.Add(pixels) ?? 0;
            if (place < 0)
                _isFull = true;
            else
                entries.Add(new(row.Batch, row.Id(), checked((int)place), ImageEntry.Of(pixels, label, transparency)));
        }
        return entries;
    }
}
