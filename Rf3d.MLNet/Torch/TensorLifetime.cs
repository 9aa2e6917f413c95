using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Frees feature maps as soon as the next one is computed. Those that a backward pass needs live on in libtorch's graph.</summary>
internal static class TensorLifetime
{
    /// <summary>Frees the tensor that this one was computed from.</summary>
    /// <param name="output">The result.</param>
    /// <param name="previous">The tensor to free.</param>
    /// <param name="input">The caller's tensor, which is not freed.</param>
    /// <returns><paramref name="output"/>.</returns>
    public static Tensor Replacing(this Tensor output, Tensor previous, Tensor input)
    {
        if (!ReferenceEquals(previous, input) && !ReferenceEquals(previous, output))
            previous.Dispose();
        return output;
    }
}
