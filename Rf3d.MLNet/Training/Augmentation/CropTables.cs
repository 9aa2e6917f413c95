using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Which pixel of an image each pixel of its crop shows, mirrored or not, for every crop that there can be: a crop is a row of each of two small tables on
/// the device.
/// </summary>
internal sealed class CropTables : IDisposable
{
    private readonly Tensor _rows;
    private readonly Tensor _columns;
    private readonly Tensor? _rowsBeyond;
    private readonly Tensor? _columnsBeyond;

    /// <param name="image">Size of an image.</param>
    /// <param name="crop">Size of a crop; one that is not moved shows the middle.</param>
    /// <param name="reach">How far a crop may be moved, as part of its size; no further than a mirror image goes.</param>
    /// <param name="isBlack">Whether there is black beyond the border, not a mirror image.</param>
    /// <param name="device">Where they are used.</param>
    public CropTables(Size2D image, Size2D crop, double reach, bool isBlack, Device device)
    {
        using var scope = NewDisposeScope();
        (Height, Width) = (crop.Height, crop.Width);
        (RowReach, ColumnReach) = (ReachOf(reach, crop.Height), ReachOf(reach, crop.Width));
        var (rows, columns) = (Places(image.Height, crop.Height, RowReach), Places(image.Width, crop.Width, ColumnReach));
        columns = cat([columns, columns.flip(1)]);
        var (y, x) = (Mirrored(rows, image.Height - 1), Mirrored(columns, image.Width - 1));
        _rows = Keep(y.Times(image.Width));
        _columns = Keep(x);
        if (isBlack)
            (_rowsBeyond, _columnsBeyond) = (Keep(y.ne(rows)), Keep(x.ne(columns)));

        static Tensor Places(long side, long length, long reach) =>
            TensorArithmetic.Range(length).view(1, -1).Plus(TensorArithmetic.Range((2 * reach) + 1).PlusInPlace(((side - length) / 2) - reach).view(-1, 1));

        Tensor Keep(Tensor table) => table.to(device).DetachFromDisposeScope();
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Pixels that a crop may be moved up or down.</summary>
    public long RowReach { get; }

    /// <summary>Pixels that a crop may be moved to the left or right.</summary>
    public long ColumnReach { get; }

    /// <summary>Pixels that a crop of a side may be moved: no further than a mirror image goes.</summary>
    public static long ReachOf(double reach, int side) => Math.Min((long)Math.Round(reach * side, MidpointRounding.AwayFromZero), side - 1);

    /// <summary>Rows of the second table for crops moved by <paramref name="shifts"/> ([n]), mirrored where that is true ([n], bool, or null for nowhere).</summary>
    public Tensor ColumnsOf(Tensor shifts, Tensor? mirrored)
    {
        var rows = shifts.Plus(ColumnReach);
        return mirrored is null ? rows : rows.PlusInPlace(mirrored.to(ScalarType.Int64).TimesInPlace((2 * ColumnReach) + 1));
    }

    /// <param name="pixels">[m, 3], all pixels of some images, row by row.</param>
    /// <param name="first">[n], int64: for each crop, the first pixel of its image.</param>
    /// <param name="rows">[n], int64: rows of the first table.</param>
    /// <param name="columns">[n], int64: rows of the second.</param>
    /// <returns>[n, height, width, 3].</returns>
    public Tensor Crop(Tensor pixels, Tensor first, Tensor rows, Tensor columns)
    {
        var count = first.shape[0];
        var places = _rows.index_select(0, rows).Plus(first.view(-1, 1)).view(count, -1, 1).Plus(_columns.index_select(0, columns).view(count, 1, -1));
        var crops = pixels.index_select(0, places.view(-1)).view(count, Height, Width, 3);
        if (_rowsBeyond is not null && _columnsBeyond is not null)
            crops.FillInPlace(_rowsBeyond.index_select(0, rows).view(count, -1, 1, 1).logical_or(_columnsBeyond.index_select(0, columns).view(count, 1, -1, 1)), 0);
        return crops;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
        _rowsBeyond?.Dispose();
        _columnsBeyond?.Dispose();
    }

    /// <summary>Places beyond the ends reflected into the axis.</summary>
    private static Tensor Mirrored(Tensor places, long last) => places.abs().SubtractedFrom(last).abs_().SubtractedFrom(last);
}
