using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>A data view that tells a test of each image before it gives it, on the thread that asks: to throw, to wait, to cancel.</summary>
internal sealed class WatchedView(IDataView data, Action<long> onImage) : IDataView
{
    public bool CanShuffle { get; init; } = data.CanShuffle;

    /// <summary>Whether it says how many rows there are.</summary>
    public bool IsCounted { get; init; } = true;

    /// <summary>Rows that came to be missing.</summary>
    public Func<long, bool> IsMissing { get; set; } = _ => false;

    /// <summary>Called with each image after it was read.</summary>
    public Action<MLImage>? OnHandedOut { get; init; }

    public DataViewSchema Schema => data.Schema;

    public int OpenCursors { get; private set; }

    public long? GetRowCount() => IsCounted ? data.GetRowCount() : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, data.GetRowCursor(columnsNeeded, rand), onImage);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. data.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(this, cursor, onImage))];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly WatchedView _view;
        private readonly DataViewRowCursor _cursor;
        private readonly Action<long> _onImage;
        private readonly ValueGetter<DataViewRowId> _getId;
        private bool _isDisposed;

        public Cursor(WatchedView view, DataViewRowCursor cursor, Action<long> onImage)
        {
            (_view, _cursor, _onImage, _getId) = (view, cursor, onImage, cursor.GetIdGetter());
            lock (_view)
                _view.OpenCursors++;
        }

        public override long Position => _cursor.Position;

        public override long Batch => _cursor.Batch;

        public override DataViewSchema Schema => _cursor.Schema;

        private long Row
        {
            get
            {
                var id = default(DataViewRowId);
                _getId(ref id);
                return (long)id.Low;
            }
        }

        public override bool MoveNext()
        {
            while (_cursor.MoveNext())
            {
                if (!_view.IsMissing(Row))
                    return true;
            }
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => _cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _cursor.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = _cursor.GetGetter<TValue>(column);
            if (typeof(TValue) != typeof(MLImage))
                return getter;
            return (ref TValue value) =>
            {
                _onImage(Row);
                getter(ref value);
                if (value is MLImage image)
                    _view.OnHandedOut?.Invoke(image);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isDisposed)
            {
                _isDisposed = true;
                lock (_view)
                    _view.OpenCursors--;
                _cursor.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
