using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>The number of rows of a data view.</summary>
internal static class RowCount
{
    /// <summary>The number that the data view knows; of files, with those that cannot be read, which a view that leaves these out does not count in advance.</summary>
    /// <param name="data">The data view.</param>
    /// <returns>Null where only reading all rows would tell.</returns>
    public static long? About(IDataView data) => data.GetRowCount() ?? (data as ImageFolderDataView)?.FileCount;

    /// <summary>The number that the data view knows, or all rows counted.</summary>
    /// <param name="data">The data view.</param>
    public static long Of(IDataView data) => UpTo(data, long.MaxValue)!.Value;

    /// <summary>The number that the data view knows. One that does not, such as a part of another, is read, without its images.</summary>
    /// <param name="data">The data view.</param>
    /// <param name="most">Up to this number rows are counted.</param>
    /// <returns>Null if there are more rows than that and the data view does not know their number.</returns>
    public static long? UpTo(IDataView data, long most)
    {
        if (data.GetRowCount() is { } known)
            return known;
        var count = 0L;
        using var cursor = data.GetRowCursor([]);
        while (cursor.MoveNext())
        {
            if (++count > most)
                return null;
        }
        return count;
    }
}
