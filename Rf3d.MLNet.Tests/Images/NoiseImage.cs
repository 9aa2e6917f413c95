using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Images;

internal static class NoiseImage
{
    /// <summary>Opaque noise, 24 pixels wide and 16 high, so that resizing matters.</summary>
    public static MLImage Of(int seed)
    {
        var pixels = new byte[16 * 24 * 4];
        new Random(seed).NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4)
            pixels[i] = byte.MaxValue;
        return MLImage.CreateFromPixels(24, 16, MLPixelFormat.Rgba32, pixels);
    }
}
