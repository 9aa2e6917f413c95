using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>Rows that can be read in any order. A data set supplies them, and <see cref="ImageRowView"/> turns them into an IDataView.</summary>
internal abstract class RowSource
{
    protected RowSource(DataViewSchema schema, long count)
    {
        Schema = schema;
        Count = count;
    }

    public DataViewSchema Schema { get; }

    /// <summary>The rows that can be asked for, including those that a reader may then leave out.</summary>
    public long Count { get; }

    /// <summary>Whether a reader may leave rows out, so that the number of rows is not known before reading.</summary>
    public virtual bool LeavesRowsOut => false;

    /// <summary>Opens a reader for one cursor, on one thread; many may be open at once.</summary>
    /// <param name="active">For each column of the schema, whether its getter will be asked for.</param>
    public abstract RowReader Open(bool[] active);
}
