using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>A cursor over images and labels. For one thread.</summary>
internal sealed class ImageRow : IDisposable
{
    private readonly DataViewRowCursor _cursor;
    private readonly PixelComposer _composer;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly ValueGetter<uint> _getLabel;
    private readonly ValueGetter<VBuffer<float>>? _getPixels;
    private VBuffer<float> _planes;

    /// <param name="cursor">The cursor; disposed with this.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="pixels">The column of the network's input; null where images are not asked for.</param>
    /// <param name="composer">Makes bytes of it.</param>
    public ImageRow(DataViewRowCursor cursor, DataViewSchema.Column label, DataViewSchema.Column? pixels, PixelComposer composer)
    {
        (_cursor, _composer) = (cursor, composer);
        _getId = cursor.GetIdGetter();
        _getLabel = cursor.GetGetter<uint>(label);
        _getPixels = pixels is { } column ? cursor.GetGetter<VBuffer<float>>(column) : null;
    }

    /// <summary>Rows of one batch follow each other, in one cursor of a set; batches in their order give the order of all.</summary>
    public long Batch => _cursor.Batch;

    public bool MoveNext() => _cursor.MoveNext();

    public DataViewRowId Id()
    {
        var id = default(DataViewRowId);
        _getId(ref id);
        return id;
    }

    /// <summary>The class, from 0; -1 where the label is missing, which a key says with 0. ML.NET's trainers leave out such rows.</summary>
    public long Label()
    {
        uint key = 0;
        _getLabel(ref key);
        return (long)key - 1;
    }

    /// <summary>Decodes the image: from one plane a channel, as floats, to one byte triple a pixel, over the background.</summary>
    /// <param name="pixels">Room for height × width × 3 bytes.</param>
    public Transparency Decode(Span<byte> pixels)
    {
        _getPixels!(ref _planes);
        return _composer.Compose(_planes.GetValues(), pixels);
    }

    public void Dispose() => _cursor.Dispose();
}
