using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>
/// Keeps ML.NET from disposing the user's images. Its resizing returns an image that already has the right size as its own and disposes it with the
/// next row, so that the next pass over images in memory, or a second prediction for the same image, finds it disposed. Here everybody who asks for
/// such an image gets a copy. A missing image is an error. Nothing else changes, the schema neither.
/// </summary>
/// <param name="columnName">The image column.</param>
/// <param name="height">The height that images are resized to.</param>
/// <param name="width">The width that images are resized to.</param>
internal sealed class ImageDisposalGuard(string columnName, int height, int width)
{
    /// <summary>Called with each image that is read, before it is resized, from any thread.</summary>
    public Action<DataViewRowId, MLImage>? Observe { get; init; }

    public IDataView Protect(IDataView data) => new View(this, data);

    public IRowToRowMapper Protect(IRowToRowMapper mapper) => new Mapper(this, mapper);

    private ValueGetter<TValue> GetGetter<TValue>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<TValue>(column);
        if (column.Name != columnName || getter is not ValueGetter<MLImage> getImage)
            return getter;

        MLImage? source = null;
        var getId = Observe is null ? null : row.GetIdGetter();
        ValueGetter<MLImage> protectedGetter = (ref MLImage image) =>
        {
            try
            {
                getImage(ref source!);
            }
            catch (ArgumentException error)
            {
                // All that ML.NET's LoadImages says of a file that it cannot decode is that its contents are invalid.
                throw new InvalidDataException(
                    $"Row {Number(row)} has an image in the column '{columnName}' that cannot be read: {error.Message}. Replace or remove it; LoadImageFolder of Rf3d.Datasets names such files, and can leave them out.", error);
            }
            // ML.NET would continue with the pixels of the row before, or with a black image.
            if (source is null)
                throw new InvalidDataException($"Row {Number(row)} has no image in the column '{columnName}'. Filter such rows out.");
            if (getId is not null)
            {
                var id = default(DataViewRowId);
                getId(ref id);
                Observe!(id, source);
            }
            image = source.Height == height && source.Width == width
                ? MLImage.CreateFromPixels(width, height, source.PixelFormat, source.Pixels)
                : source;
        };
        return (ValueGetter<TValue>)(Delegate)protectedGetter;
    }

    /// <summary>Of the data, whichever of several cursors the row is in; the position is the cursor's own.</summary>
    private static ulong Number(DataViewRow row)
    {
        var id = default(DataViewRowId);
        row.GetIdGetter()(ref id);
        return id.Low;
    }

    private sealed class View(ImageDisposalGuard images, IDataView data) : IDataView
    {
        public bool CanShuffle => data.CanShuffle;

        public DataViewSchema Schema => data.Schema;

        public long? GetRowCount() => data.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new Cursor(images, data.GetRowCursor(columnsNeeded, rand));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [.. data.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(images, cursor))];
    }

    private sealed class Cursor(ImageDisposalGuard images, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override DataViewSchema Schema => cursor.Schema;

        public override bool MoveNext() => cursor.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => images.GetGetter<TValue>(cursor, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                cursor.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Mapper(ImageDisposalGuard images, IRowToRowMapper mapper) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => mapper.InputSchema;

        public DataViewSchema OutputSchema => mapper.OutputSchema;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            mapper.GetDependencies(dependingColumns);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
            mapper.GetRow(new Row(images, input), activeColumns);
    }

    private sealed class Row(ImageDisposalGuard images, DataViewRow row) : DataViewRow
    {
        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override DataViewSchema Schema => row.Schema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => images.GetGetter<TValue>(row, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                row.Dispose();
            base.Dispose(disposing);
        }
    }
}
