namespace Rf3d.Datasets;

/// <summary>Reads single rows of a <see cref="RowSource"/> for one cursor.</summary>
internal abstract class RowReader : IDisposable
{
    private long _row = -1;

    /// <summary>The current row.</summary>
    /// <exception cref="InvalidOperationException">There is none: before the first MoveNext, or after the last.</exception>
    protected long Row => _row >= 0
        ? _row
        : throw new InvalidOperationException("The cursor is not on a row: call MoveNext, and read values only while it returns true.");

    /// <summary>Makes <paramref name="row"/> current, or returns false where that row is to be left out.</summary>
    public bool MoveTo(long row)
    {
        _row = row;
        return Enter(row);
    }

    /// <summary>Called past the last row: getters throw from here on.</summary>
    public void Leave() => _row = -1;

    /// <summary>The ValueGetter of a column; the cursor asks only for active columns.</summary>
    public abstract Delegate Getter(int column);

    public void Dispose()
    {
        Leave();
        Close();
    }

    /// <summary>Whether the row is part of the view. Cheap unless a source must look into a row to tell.</summary>
    protected virtual bool Enter(long row) => true;

    /// <summary>Releases files and buffers.</summary>
    protected virtual void Close()
    {
    }
}
