using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Makes batches of images from a set: as they are, or with random crops and flips. All work is done by a few tensor operations
/// per batch, none per image.
/// </summary>
internal sealed class BatchSource : IDisposable
{
    private readonly ImageSet _set;
    private readonly Device _device;
    private readonly Tensor _mean;
    private readonly Tensor _factor;
    private readonly Tensor _rows;
    private readonly Tensor _columns;

    public BatchSource(ImageSet set, ChannelStatistics statistics, Device device)
    {
        _set = set;
        _device = device;
        using var scope = NewDisposeScope();
        var mean = statistics.MeanImage is { } image ? tensor(image).view(3, set.Crop.Height, set.Crop.Width).permute(1, 2, 0).contiguous() : tensor(statistics.Mean);
        _mean = mean.to(device).DetachFromDisposeScope();
        _factor = tensor(Array.ConvertAll(statistics.StandardDeviation, deviation => 1 / deviation)).to(device).DetachFromDisposeScope();
        var (top, left) = ((set.Height - set.Crop.Height) / 2, (set.Width - set.Crop.Width) / 2);
        _rows = TensorArithmetic.Range(set.Crop.Height).PlusInPlace(top).DetachFromDisposeScope();
        _columns = TensorArithmetic.Range(set.Crop.Width).PlusInPlace(left).DetachFromDisposeScope();
    }

    /// <summary>The middle of images as they are. [n, 3, height, width] in channels-last strides.</summary>
    public Tensor Load(Tensor indices) => Normalized(Pixels(indices)).permute(0, 3, 1, 2);

    /// <summary>The middle of images as they are. [n, height, width, 3] on the device, from 0 to 255, not normalized.</summary>
    public Tensor Pixels(Tensor indices) => Floats(_set.Middle(_set.Store.Fetch(indices)));

    /// <summary>
    /// The middle of images, moved by up to <paramref name="reach"/> of its size, and flipped where <paramref name="mirrored"/> ([n], bool) says so; it may be null,
    /// and is asked when the images are there. [n, height, width, 3] on the device, from 0 to 255, not normalized.
    /// </summary>
    public Tensor LoadCroppedAndFlipped(Tensor indices, double reach, Func<Tensor>? mirrored, CropPaddingMode padding, Generator generator)
    {
        // First of all: where the wait for images is cancelled, nothing has been drawn yet.
        var images = _set.Store.Fetch(indices);
        if (reach == 0 && mirrored is null)
            return Floats(_set.Middle(images));
        var count = indices.shape[0];
        var rows = Shifted(_rows, count, CropTables.ReachOf(reach, _set.Crop.Height), generator);
        var columns = Shifted(_columns, count, CropTables.ReachOf(reach, _set.Crop.Width), generator);
        if (mirrored is not null)
            columns = where(mirrored().view(-1, 1), columns.flip(1), columns);
        // Only rows and columns go to the device; a place for each pixel would be more than the pixels.
        (rows, columns) = (rows.SendTo(_device), columns.SendTo(_device));
        var (y, x) = (Mirrored(rows, _set.Height - 1), Mirrored(columns, _set.Width - 1));
        // Position of every pixel in the list of all pixels of the batch: image, then row, then column.
        var first = TensorArithmetic.Range(count, _device).view(-1, 1).TimesInPlace(_set.Height);
        var positions = first.Plus(y).view(count, -1, 1).TimesInPlace(_set.Width).Plus(x.view(count, 1, -1));
        var pixels = images.view(-1, 3).index_select(0, positions.view(-1)).view(count, _set.Crop.Height, _set.Crop.Width, 3);
        if (padding == CropPaddingMode.Zero)
            pixels.FillInPlace(y.ne(rows).view(count, -1, 1, 1).logical_or(x.ne(columns).view(count, 1, -1, 1)), 0);
        return Floats(pixels);
    }

    /// <summary>Normalizes images [n, height, width, 3]: floats in place, bytes into new floats.</summary>
    public Tensor Normalized(Tensor images) => (images.dtype == ScalarType.Byte ? images.sub(_mean) : images.sub_(_mean)).mul_(_factor);

    public Tensor Labels(Tensor indices) => _set.Labels.index_select(0, indices).SendTo(_device);

    public void Dispose()
    {
        _mean.Dispose();
        _factor.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }

    /// <summary>For each of <paramref name="count"/> images, the axis moved by at most <paramref name="reach"/>, beyond its ends.</summary>
    private static Tensor Shifted(Tensor axis, long count, long reach, Generator generator) =>
        reach == 0 ? axis.view(1, -1).expand(count, -1) : axis.Plus(randint(-reach, reach + 1, [count, 1], generator: generator));

    /// <summary>Places beyond the ends reflected into the axis.</summary>
    private static Tensor Mirrored(Tensor places, long last) => places.abs().SubtractedFrom(last).abs_().SubtractedFrom(last);

    // Bytes have travelled to the device, where they become floats: a quarter of the traffic.
    public static Tensor Floats(Tensor pixels) => pixels.to(ScalarType.Float32);
}
