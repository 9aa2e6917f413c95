using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>
/// Reads a data view into an <see cref="ImageSet"/>, with the very transformers that score later. Decoding runs on as many cursors as the
/// data view gives; the rows come out in the view's own order all the same, so that a seed means the same everywhere.
/// </summary>
internal sealed class ImageSetReader
{
    private readonly ImagePreprocessing _preprocessing;
    private readonly CancellationToken _cancellation;
    private readonly DataViewSchema.Column _pixels;
    private readonly DataViewSchema.Column _label;
    private readonly IDataView _view;
    private long _unlabelled;

    private sealed record Row(long Batch, byte[] Pixels, long Label);

    private ImageSetReader(IDataView data, string labelColumnName, ImagePreprocessing preprocessing, TransformsCatalog transforms, CancellationToken cancellation)
    {
        _preprocessing = preprocessing;
        _cancellation = cancellation;
        _view = preprocessing.Apply(transforms, data);
        _pixels = _view.Schema[ImagePreprocessing.PixelsColumnName];
        _label = _view.Schema[labelColumnName];
    }

    /// <returns>The images, or null when there are none; and how many rows had no label.</returns>
    public static (ImageSet? Images, long Unlabelled) Read(
        IDataView data, string labelColumnName, ImagePreprocessing preprocessing, TransformsCatalog transforms, CancellationToken cancellation)
    {
        var reader = new ImageSetReader(data, labelColumnName, preprocessing, transforms, cancellation);
        return (reader.Read(), reader._unlabelled);
    }

    private ImageSet? Read()
    {
        DataViewSchema.Column[] needed = [_pixels, _label];
        var cursors = _view.GetRowCursorSet(needed, Environment.ProcessorCount);
        var rows = new List<Row>[cursors.Length];
        try
        {
            Parallel.For(0, cursors.Length, (i, loop) => rows[i] = ReadRows(cursors[i], loop));
        }
        catch (AggregateException errors)
        {
            // What went wrong in one image is the message, not that it happened on one of several threads, ML.NET's or ours.
            var error = errors.Flatten().InnerExceptions[0];
            while (error is InvalidOperationException { InnerException: { } cause } && error.Message.StartsWith("Splitter/consolidator", StringComparison.Ordinal))
                error = cause;
            ExceptionDispatchInfo.Throw(error);
        }
        finally
        {
            foreach (var cursor in cursors)
                cursor.Dispose();
        }
        // A batch lies in one cursor, in order; ordering is stable.
        return Assemble([.. rows.SelectMany(list => list).OrderBy(row => row.Batch)]);
    }

    private List<Row> ReadRows(DataViewRowCursor cursor, ParallelLoopState loop)
    {
        var rows = new List<Row>();
        var getPixels = cursor.GetGetter<VBuffer<float>>(_pixels);
        var getLabel = cursor.GetGetter<uint>(_label);
        var planes = default(VBuffer<float>);
        // A bad image that another cursor came upon ends the reading here too.
        while (!loop.ShouldExitCurrentIteration && cursor.MoveNext())
        {
            _cancellation.ThrowIfCancellationRequested();
            uint key = 0;
            getLabel(ref key);
            // ML.NET's trainers leave out rows whose label is missing, which a key says with 0.
            if (key == 0)
            {
                Interlocked.Increment(ref _unlabelled);
                continue;
            }
            getPixels(ref planes);
            rows.Add(new(cursor.Batch, Interleave(planes.GetValues()), key - 1));
        }
        return rows;
    }

    /// <summary>From one plane a colour, as floats, to one byte triple a pixel.</summary>
    private static byte[] Interleave(ReadOnlySpan<float> planes)
    {
        var size = planes.Length / 3;
        var red = planes[..size];
        var green = planes.Slice(size, size);
        var blue = planes[(2 * size)..];
        var pixels = new byte[planes.Length];
        for (var i = 0; i < size; i++)
        {
            pixels[3 * i] = (byte)red[i];
            pixels[(3 * i) + 1] = (byte)green[i];
            pixels[(3 * i) + 2] = (byte)blue[i];
        }
        return pixels;
    }

    private ImageSet? Assemble(Row?[] rows)
    {
        if (rows.Length == 0)
            return null;
        var labels = torch.tensor(Array.ConvertAll(rows, row => row!.Label));
        var pixels = torch.empty([rows.Length, _preprocessing.Height, _preprocessing.Width, 3], torch.ScalarType.Byte);
        for (var i = 0; i < rows.Length; i++)
        {
            using var image = pixels[i];
            rows[i]!.Pixels.CopyTo(image.bytes);
            // The collector may have the managed copy while the native one grows.
            rows[i] = null;
        }
        return new(pixels, labels);
    }
}
