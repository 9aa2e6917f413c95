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
            using var scope = NewDisposeScope();
            var images = empty([count, height, width, 3], ScalarType.Byte);
            // Only from memory that stays in place does a GPU fetch by itself.
            _images = (device.type == DeviceType.CUDA ? images.pin_memory() : images).DetachFromDisposeScope();
        }
        return _images.bytes[..(count * height * width * 3)];
    }

    /// <summary>What was written into the room, on the device.</summary>
    public Tensor Images(int count) => _images!.narrow(0, 0, count).to(device);

    public void Dispose() => _images?.Dispose();
}
