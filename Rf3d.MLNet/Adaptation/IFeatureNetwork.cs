using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A network without its last layer, in scoring.</summary>
internal interface IFeatureNetwork : IDisposable
{
    /// <param name="images">[n, height, width, 3], bytes, as an image store has them. Not written to.</param>
    /// <param name="isMirrored">Whether to read them from right to left.</param>
    /// <returns>[n, features], single precision, of the CPU, in the caller's scope.</returns>
    Tensor Features(Tensor images, bool isMirrored);
}
