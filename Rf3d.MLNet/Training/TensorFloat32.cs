using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// libtorch's switches for TensorFloat-32, which belong to the whole process: set while a network trains on a GPU, and put back.
/// </summary>
internal sealed class TensorFloat32 : IDisposable
{
    private readonly bool _inMatrixProducts = backends.cuda.matmul.allow_tf32;
    private readonly bool _inConvolutions = backends.cudnn.allow_tf32;

    private TensorFloat32(bool allowed) => (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (allowed, allowed);

    /// <returns>Restores the switches when disposed; null if they have no effect.</returns>
    public static TensorFloat32? Set(TrainingSettings settings) =>
        settings.Device.type == DeviceType.CUDA ? new(settings.Precision != TrainingPrecision.Float32) : null;

    /// <summary>Keeps to float32 for a moment.</summary>
    public static TensorFloat32 Forbid() => new(false);

    public void Dispose() => (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (_inMatrixProducts, _inConvolutions);
}
