using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Images that have gone to the training device, all of them, once.</summary>
internal sealed class DeviceImageStore : ImageStore
{
    /// <summary>Bytes of images that go to a GPU once and for all: a small part of any that one trains on, since TorchSharp cannot say how much is free.</summary>
    public const long Limit = 2_000_000_000;

    private const int ImagesInPart = 256;

    private readonly Tensor _images;
    private readonly Device _device;

    /// <param name="source">Has the images on their way. The caller's.</param>
    /// <param name="index">Their size and number.</param>
    /// <param name="device">Where they go.</param>
    public DeviceImageStore(ImageStore source, ImageIndex index, Device device)
    {
        using var scope = NewDisposeScope();
        _device = device;
        _images = empty([index.Count, index.Height, index.Width, 3], ScalarType.Byte, device);
        foreach (var rows in TensorArithmetic.Range(index.Count).split(ImagesInPart))
        {
            using var part = NewDisposeScope();
            _images.narrow(0, rows[0].item<long>(), rows.shape[0]).copy_(source.Fetch(rows));
        }
        _images.DetachFromDisposeScope();
    }

    public override Tensor Fetch(Tensor rows) => _images.index_select(0, rows.SendTo(_device));

    public override void Dispose() => _images.Dispose();
}
