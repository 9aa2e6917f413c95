using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>The IDataView over a <see cref="RowSource"/>: streams, shuffles without memory, and splits over parallel cursors.</summary>
internal sealed class ImageRowView : IDataView
{
    private readonly RowSource _source;

    public ImageRowView(RowSource source) => _source = source;

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _source.LeavesRowsOut ? null : _source.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        Open(columnsNeeded, new RowOrder(_source.Count, rand), 0, 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var order = new RowOrder(_source.Count, rand);
        var columns = columnsNeeded.ToArray();
        var wanted = n > 0 ? n : Environment.ProcessorCount;
        // No cursor without rows; but an empty view still has one cursor.
        var cursors = new DataViewRowCursor[Math.Max(1, Math.Min(wanted, order.Runs))];
        for (var i = 0; i < cursors.Length; i++)
            cursors[i] = Open(columns, order, i, cursors.Length);
        return cursors;
    }

    private ImageRowCursor Open(IEnumerable<DataViewSchema.Column> columnsNeeded, RowOrder order, int share, int shares)
    {
        var active = new bool[Schema.Count];
        foreach (var column in columnsNeeded)
        {
            if (column.Index >= active.Length || Schema[column.Index].Name != column.Name)
                throw new ArgumentException(
                    $"Column '{column.Name}' is not one of this data view, which has {string.Join(", ", Schema.Select(c => $"'{c.Name}'"))}. " +
                    "Take columns from the Schema of the view whose cursor is opened.", nameof(columnsNeeded));
            active[column.Index] = true;
        }
        return new ImageRowCursor(Schema, active, _source.Open(active), order, share, shares);
    }
}
