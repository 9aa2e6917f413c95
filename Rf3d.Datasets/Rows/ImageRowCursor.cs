using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.Datasets;

/// <summary>A cursor over one share of a <see cref="RowOrder"/>: every <c>shares</c>-th run of rows.</summary>
internal sealed class ImageRowCursor : DataViewRowCursor
{
    private readonly bool[] _active;
    private readonly RowReader _reader;
    private readonly RowOrder _order;
    private readonly long _stride;

    private long _position = -1;
    private long _next;
    private long _row = -1;
    private long _run = -1;

    public ImageRowCursor(DataViewSchema schema, bool[] active, RowReader reader, RowOrder order, int share, int shares)
    {
        Schema = schema;
        _active = active;
        _reader = reader;
        _order = order;
        _next = (long)share * RowOrder.RunLength;
        _stride = (long)(shares - 1) * RowOrder.RunLength;
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _row < 0 ? -1 : _position;

    public override long Batch => Math.Max(0, _run);

    public override bool MoveNext()
    {
        while (_next < _order.Count)
        {
            _run = _next / RowOrder.RunLength;
            var row = _order.RowAt(_next);
            if (++_next % RowOrder.RunLength == 0)
                _next += _stride;
            if (!_reader.MoveTo(row))
                continue;
            _row = row;
            _position++;
            return true;
        }
        _reader.Leave();
        _row = -1;
        return false;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[Check(column)];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var index = Check(column);
        if (!_active[index])
            throw new InvalidOperationException(
                $"Column '{column.Name}' is not active in this cursor: name it in columnsNeeded when opening the cursor.");
        return _reader.Getter(index) as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Column '{column.Name}' holds {Schema[index].Type.RawType.Name} values, so its getter cannot be a " +
                $"ValueGetter<{typeof(TValue).Name}>.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        if (_row < 0)
            throw new InvalidOperationException("The cursor is not on a row: call MoveNext, and read the id only while it returns true.");
        value = new DataViewRowId((ulong)_row, 0);
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _next = _order.Count;
            _row = -1;
            _reader.Dispose();
        }
        base.Dispose(disposing);
    }

    private int Check(DataViewSchema.Column column) => column.Index < _active.Length && Schema[column.Index].Name == column.Name
        ? column.Index
        : throw new ArgumentException($"Column '{column.Name}' is not one of this cursor.", nameof(column));
}
