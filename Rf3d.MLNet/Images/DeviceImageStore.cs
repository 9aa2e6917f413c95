using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Images that have gone to the training device, all of them, once.</summary>
internal sealed class DeviceImageStore : ImageStore
{
    // A small part of any GPU that one trains on, where it does not say how much is free.
    private const long LimitOfUnknown = 2_000_000_000;

    // The rest is for the network, which needs more the larger its batches are.
    private const int PartsOfFree = 4;

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

    /// <summary>Bytes of images that go to a GPU once and for all.</summary>
    public static long Limit(Device device) => CudaDriver.UsableBytes(device.index) / PartsOfFree ?? LimitOfUnknown;

    public override Tensor? Resident => _images;

    public override Tensor Fetch(Tensor rows) => _images.index_select(0, rows.SendTo(_device));

    public override void Dispose() => _images.Dispose();
}
