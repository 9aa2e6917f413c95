using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Batches of crops that the device looks up in <see cref="CropTables"/>: each step sends it four numbers an image, in one piece from pinned memory,
/// and some eight calls make bytes and labels of them.
/// </summary>
internal sealed class IndexedBatches : IDisposable
{
    private readonly ImageSet _set;
    private readonly Device _device;
    private readonly CropTables _tables;
    private readonly Tensor _labels;

    /// <param name="set">The images.</param>
    /// <param name="settings">How they are moved.</param>
    public IndexedBatches(ImageSet set, TrainingSettings settings)
    {
        using var scope = NewDisposeScope();
        (_set, _device) = (set, settings.Device);
        _tables = new CropTables(new(set.Height, set.Width), set.Crop, settings.Recipe.RandomCrop ? settings.Recipe.Augmentation.CropPaddingFraction : 0, settings.Recipe.Augmentation.CropPaddingMode == CropPaddingMode.Zero, _device);
        // A copy also where they are on the device already.
        _labels = set.Labels.clone().to(_device).DetachFromDisposeScope();
    }

    /// <param name="indices">[n], int64: the images.</param>
    /// <param name="mirrored">Says which are mirrored ([n], bool); null for none.</param>
    /// <param name="generator">Draws how far each is moved.</param>
    /// <returns>Bytes [n, height, width, 3], and labels [n].</returns>
    public (Tensor Images, Tensor Labels) Take(Tensor indices, Func<Tensor>? mirrored, Generator generator)
    {
        // First of all: where the wait for images is cancelled, nothing has been drawn yet.
        var all = _set.Store.Resident;
        var images = all ?? _set.Store.Fetch(indices);
        var count = indices.shape[0];
        var rows = Shifts(count, _tables.RowReach, generator).PlusInPlace(_tables.RowReach);
        var columns = _tables.ColumnsOf(Shifts(count, _tables.ColumnReach, generator), mirrored?.Invoke());
        var first = (all is null ? TensorArithmetic.Range(count) : indices).Times((long)_set.Height * _set.Width);
        var numbers = stack([indices, first, rows, columns]).SendTo(_device);
        return (_tables.Crop(images.view(-1, 3), numbers[1], numbers[2], numbers[3]), _labels.index_select(0, numbers[0]));
    }

    public void Dispose()
    {
        _tables.Dispose();
        _labels.Dispose();
    }

    private static Tensor Shifts(long count, long reach, Generator generator) =>
        reach == 0 ? zeros(count, ScalarType.Int64) : randint(-reach, reach + 1, [count, 1], generator: generator).view(-1);
}
