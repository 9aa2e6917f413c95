using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Memory layouts of image tensors, which TorchSharp knows by their strides only.</summary>
internal static class MemoryLayout
{
    /// <summary>Whether the channels of a pixel lie side by side, as in NHWC.</summary>
    public static bool IsChannelsLast(this Tensor images) => images.shape[1] > 1 && images.stride(1) == 1;
}
