using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>The images of data that a model is calibrated with: at most a given number, taken evenly over all, so that data in the order of the classes gives images of each.</summary>
internal static class CalibrationImages
{
    /// <summary>The files among <paramref name="paths"/> that are taken.</summary>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> paths, int most) => [.. Rows(paths.Count, most).Select(row => paths[(int)row])];

    /// <summary>The images of a data view, each valid until the next one is asked for; those that cannot be read have the error.</summary>
    /// <param name="data">Has a column of images. A missing one is an <see cref="InvalidDataException"/> of its getter.</param>
    /// <param name="columnName">The column.</param>
    /// <param name="most">The number of images at most.</param>
    /// <param name="continueOnError">Whether there may be images that cannot be read.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InvalidDataException">While enumerating: an image cannot be read, and must not be left out.</exception>
    public static (int Count, IEnumerable<(MLImage Image, BadImageException? Error)> Images) Choose(IDataView data, string columnName, int most, bool continueOnError)
    {
        var column = data.Schema.GetColumnOrNull(columnName) is { Type: ImageDataViewType } found
            ? found
            : throw new ArgumentException($"The calibration data has no column '{columnName}' of images. It has {string.Join(", ", data.Schema.Select(each => $"'{each.Name}'"))}.", nameof(data));
        HashSet<long> rows = [.. Rows(RowCount.Of(data), most)];
        return (rows.Count, Read());

        IEnumerable<(MLImage, BadImageException?)> Read()
        {
            using var cursor = data.GetRowCursor([column]);
            var getImage = cursor.GetGetter<MLImage>(column);
            // One for all rows: who decodes images frees the one that is given back.
            MLImage image = null!;
            while (MoveNext(cursor))
            {
                if (!rows.Contains(cursor.Position))
                    continue;
                var error = TryGet(getImage, ref image, continueOnError);
                yield return (image, error);
            }
        }
    }

    private static BadImageException? TryGet(ValueGetter<MLImage> getImage, ref MLImage image, bool continueOnError)
    {
        try
        {
            getImage(ref image);
            return null;
        }
        catch (InvalidDataException error) when (continueOnError)
        {
            return new(error.Message.TrimEnd('.'), error);
        }
    }

    /// <summary>Threads of ML.NET read ahead, after whose errors there is no next row.</summary>
    private static bool MoveNext(DataViewRowCursor cursor)
    {
        try
        {
            return cursor.MoveNext();
        }
        catch (Exception error) when (ImageRows.CauseOf(error) is InvalidDataException cause)
        {
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private static IEnumerable<long> Rows(long count, int most) =>
        Enumerable.Range(0, (int)Math.Min(count, most)).Select(i => i * count / Math.Min(count, most));
}
