namespace Rf3d.MLNet.Tests.Torch;

/// <summary>Tests of category Cuda are skipped on other machines, and say so.</summary>
internal static class Gpu
{
    public static void Require(bool isThere)
    {
        if (!isThere)
            Assert.Inconclusive("Skipped: this machine has no CUDA GPU.");
    }
}
