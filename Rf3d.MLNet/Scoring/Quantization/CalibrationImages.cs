using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>The images of data that a model is calibrated with: at most a given number, taken evenly over all, so that data in the order of the classes gives images of each.</summary>
internal static class CalibrationImages
{
    /// <summary>The files among <paramref name="paths"/> that are taken.</summary>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> paths, int most) => [.. Rows(paths.Count, most).Select(row => paths[(int)row])];

    /// <summary>The images of a data view.</summary>
    /// <param name="data">Has a column of images.</param>
    /// <param name="columnName">The column.</param>
    /// <param name="most">The number of images at most.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public static (int Count, IEnumerable<MLImage> Images) Choose(IDataView data, string columnName, int most)
    {
        var column = data.Schema.GetColumnOrNull(columnName) is { Type: ImageDataViewType } found
            ? found
            : throw new ArgumentException($"The calibration data has no column '{columnName}' of images. It has {string.Join(", ", data.Schema.Select(each => $"'{each.Name}'"))}.", nameof(data));
        HashSet<long> rows = [.. Rows(data.GetRowCount() ?? CountRows(data), most)];
        return (rows.Count, Read());

        IEnumerable<MLImage> Read()
        {
            using var cursor = data.GetRowCursor([column]);
            var getImage = cursor.GetGetter<MLImage>(column);
            while (cursor.MoveNext())
            {
                if (!rows.Contains(cursor.Position))
                    continue;
                MLImage image = null!;
                getImage(ref image);
                yield return image;
            }
        }
    }

    private static IEnumerable<long> Rows(long count, int most) =>
        Enumerable.Range(0, (int)Math.Min(count, most)).Select(i => i * count / Math.Min(count, most));

    private static long CountRows(IDataView data)
    {
        var count = 0L;
        using var cursor = data.GetRowCursor([]);
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
