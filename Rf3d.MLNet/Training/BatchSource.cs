using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Makes batches of normalized images from a set, for training with random crops and flips. All work is done by a few tensor operations
/// per batch, none per image.
/// </summary>
internal sealed class BatchSource : IDisposable
{
    private readonly ImageSet _set;
    private readonly Tensor _pixels;
    private readonly Device _device;
    private readonly Tensor _mean;
    private readonly Tensor _factor;
    private readonly Tensor _rows;
    private readonly Tensor _columns;

    public BatchSource(ImageSet set, ChannelStatistics statistics, Device device)
    {
        _set = set;
        _device = device;
        _pixels = set.Pixels.view(-1, 3);
        _mean = tensor(statistics.Mean).to(device).DetachFromDisposeScope();
        _factor = tensor(Array.ConvertAll(statistics.Deviation, deviation => 1 / deviation)).to(device).DetachFromDisposeScope();
        _rows = arange(set.Height).DetachFromDisposeScope();
        _columns = arange(set.Width).DetachFromDisposeScope();
    }

    /// <summary>Images as they are. [n, 3, height, width] in channels-last strides.</summary>
    public Tensor Plain(Tensor indices) => Normalize(_set.Pixels.index_select(0, indices));

    /// <summary>
    /// Images moved by up to an eighth of their size, mirrored at the border, and half of them flipped. Same shape as <see cref="Plain"/>.
    /// </summary>
    public Tensor Augmented(Tensor indices, bool crop, bool flip, Generator generator)
    {
        if (!crop && !flip)
            return Plain(indices);
        var count = indices.shape[0];
        var rows = Shifted(_rows, count, crop ? _set.Height / 8 : 0, generator);
        var columns = Shifted(_columns, count, crop ? _set.Width / 8 : 0, generator);
        if (flip)
        {
            var flipped = rand([count, 1], generator: generator).lt(0.5);
            columns = where(flipped, columns.flip(1), columns);
        }
        // Position of every pixel in the list of all pixels: image, then row, then column.
        var positions = (((indices.view(-1, 1) * _set.Height) + rows).view(count, -1, 1) * _set.Width) + columns.view(count, 1, -1);
        return Normalize(_pixels.index_select(0, positions.view(-1)).view(count, _set.Height, _set.Width, 3));
    }

    public Tensor Labels(Tensor indices) => _set.Labels.index_select(0, indices).to(_device);

    public void Dispose()
    {
        _pixels.Dispose();
        _mean.Dispose();
        _factor.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }

    /// <summary>For each of <paramref name="count"/> images, the axis moved by at most <paramref name="reach"/> and reflected at its ends.</summary>
    private static Tensor Shifted(Tensor axis, long count, long reach, Generator generator)
    {
        if (reach == 0)
            return axis.view(1, -1).expand(count, -1);
        var last = axis.shape[0] - 1;
        var offsets = randint(-reach, reach + 1, [count, 1], generator: generator);
        return last - (last - (axis + offsets).abs()).abs();
    }

    // Bytes travel to the device, where they become floats: a quarter of the traffic.
    private Tensor Normalize(Tensor pixels) => pixels.to(_device).to(ScalarType.Float32).sub_(_mean).mul_(_factor).permute(0, 3, 1, 2);
}
