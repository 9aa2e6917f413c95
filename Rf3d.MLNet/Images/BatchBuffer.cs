using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The memory in which batches are put together, the same again and again, on their way to the training device.</summary>
internal sealed class BatchBuffer(int height, int width, Device device) : IDisposable
{
    private Tensor? _images;

    /// <summary>Room for images, red, green and blue of each pixel; good until the next call.</summary>
    public Span<byte> Room(int count)
    {
        if (_images is null || _images.shape[0] < count)
        {
            _images?.Dispose();
            _images = empty([count, height, width, 3], ScalarType.Byte).DetachFromDisposeScope();
        }
        return _images.bytes[..(count * height * width * 3)];
    }

    /// <summary>The written content, on the device.</summary>
    public Tensor Images(int count)
    {
        var images = _images!.narrow(0, 0, count);
        // A GPU reads asynchronously from pinned memory only. libtorch keeps the memory pinned here until that is done, and uses it again afterwards; the next
        // batch may be put together at once.
        return (device.type == DeviceType.CUDA ? images.pin_memory() : images).SendTo(device);
    }

    public void Dispose() => _images?.Dispose();
}
