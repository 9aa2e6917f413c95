using System.Runtime.ExceptionServices;
using Microsoft.ML;

namespace Rf3d.MLNet;

/// <summary>
/// The rows of a data view as images for the network, made by the very transformers that score later. Opened as often as one likes, by itself or on as many
/// cursors as the data view gives.
/// </summary>
internal sealed class ImageRows
{
    private readonly DataViewSchema.Column _pixels;
    private readonly DataViewSchema.Column _label;
    private readonly IDataView _view;
    private readonly PixelComposer _composer;

    public ImageRows(IDataView data, string labelColumnName, ImagePreprocessing preprocessing, TransformsCatalog transforms)
    {
        (Height, Width) = (preprocessing.Height, preprocessing.Width);
        _composer = new(preprocessing);
        _view = preprocessing.Apply(transforms, data);
        _pixels = _view.Schema[ImagePreprocessing.PixelsColumnName];
        _label = _view.Schema[labelColumnName];
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Bytes of the pixels of one image.</summary>
    public int ImageBytes => Height * Width * 3;

    public bool CanShuffle => _view.CanShuffle;

    /// <summary>The number of rows, with those without a label; null where only reading tells.</summary>
    public long? Count => _view.GetRowCount();

    /// <summary>All rows over several cursors; each row is in one of them, and each cursor has its rows in the order of all.</summary>
    /// <param name="random">Shuffles; null for the view's own order.</param>
    public ImageRow[] OpenImages(Random? random) =>
        [.. _view.GetRowCursorSet([_pixels, _label], Environment.ProcessorCount, random).Select(cursor => new ImageRow(cursor, _label, _pixels, _composer))];

    /// <summary>All rows in order, without their images.</summary>
    /// <param name="random">Shuffles; null for the view's own order.</param>
    public ImageRow OpenLabels(Random? random) => new(_view.GetRowCursor([_label], random), _label, null, _composer);

    /// <summary>Throws the error of one image, not that of one of several threads, ML.NET's or ours.</summary>
    public static void ThrowCause(Exception error) => ExceptionDispatchInfo.Throw(CauseOf(error));

    /// <summary>The error of one image, without the wrapping by threads of ML.NET or of this library.</summary>
    public static Exception CauseOf(Exception error)
    {
        if (error is AggregateException errors)
            error = errors.Flatten().InnerExceptions[0];
        while (error is InvalidOperationException { InnerException: { } cause } failure && ForeignMessages.IsSplitterFailure(failure))
            error = cause;
        return error;
    }
}
