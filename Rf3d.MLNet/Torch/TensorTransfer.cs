using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Tensors on their way from the machine's memory to the training device.</summary>
internal static class TensorTransfer
{
    // Up to 64 kB the driver takes along with the call itself; for more, from ordinary memory, it waits until the device has finished all earlier work.
    private const long BytesInCall = 32_768;

    /// <summary>
    /// The tensor on the device, without waiting for the device's current work: a GPU that is waited for several times a step has nothing to do in between.
    /// CUDA first copies data in ordinary memory (CUDA Runtime API, "API synchronization behavior"), so that it may be written to, or freed, at once; not
    /// so data in pinned memory, which must not change until the device has got it.
    /// </summary>
    public static Tensor SendTo(this Tensor tensor, Device device) =>
        (device.type == DeviceType.CUDA && tensor.device_type == DeviceType.CPU && tensor.NumberOfElements * tensor.ElementSize > BytesInCall ? tensor.pin_memory() : tensor)
            .to(device, copy: false, disposeAfter: false, non_blocking: true);
}
