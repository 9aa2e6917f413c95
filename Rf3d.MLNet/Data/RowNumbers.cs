using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Finds the row of a set by the id that ML.NET gives it in any order: 20 bytes a row, sorted.</summary>
internal sealed class RowNumbers
{
    private readonly UInt128[] _ids;
    private readonly int[] _rows;

    /// <param name="ids">The ids of the rows, in their order.</param>
    /// <exception cref="OptionConflictException">Two rows have the same.</exception>
    public RowNumbers(DataViewRowId[] ids)
    {
        _ids = Array.ConvertAll(ids, Number);
        _rows = [.. Enumerable.Range(0, ids.Length)];
        Array.Sort(_ids, _rows);
        for (var i = 1; i < _ids.Length; i++)
        {
            if (_ids[i] == _ids[i - 1])
                throw new OptionConflictException($"{new OptionName(nameof(ImageReadingOptions.ImageStorage))} is Stream, but rows {Math.Min(_rows[i - 1], _rows[i])} and {Math.Max(_rows[i - 1], _rows[i])} of the data have the same id. Set it to Memory or Cache.");
        }
    }

    /// <returns>The row, or -1 where there is none.</returns>
    public int Find(DataViewRowId id) => Array.BinarySearch(_ids, Number(id)) is >= 0 and var place ? _rows[place] : -1;

    private static UInt128 Number(DataViewRowId id) => new(id.High, id.Low);
}
