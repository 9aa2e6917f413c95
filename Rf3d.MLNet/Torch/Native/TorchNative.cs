namespace Rf3d.MLNet;

/// <summary>The one way to TorchSharp: everything that touches it calls <see cref="EnsureLoaded"/> first.</summary>
internal static class TorchNative
{
    // Once in a process, before anything else convolves.
    private static readonly Lazy<TorchFinding?> Convolutions = new(VerifyConvolutions);

    public static TorchNativeLoader Loader { get; } = new();

    /// <summary>The finding about convolutions on the CPU; null where they are right. The libraries must be loaded.</summary>
    public static TorchFinding? ConvolutionFinding => Convolutions.Value;

    /// <summary>
    /// Loads TorchSharp's native libraries, once per process, and makes sure that convolutions on the CPU are right. Without it TorchSharp loads them itself, in the static constructor of
    /// whichever of its types is used first; when that fails, the type is lost to the process and the reason is buried.
    /// </summary>
    /// <exception cref="DllNotFoundException">
    /// They cannot be loaded, or compute wrong values on this machine; the message says why and what to do. Every later call fails in the same way.
    /// </exception>
    public static void EnsureLoaded()
    {
        Loader.EnsureLoaded();
        if (ConvolutionFinding is { IsError: true } finding)
            throw new DllNotFoundException($"{finding.Message} {finding.Remedy}");
    }

    private static TorchFinding? VerifyConvolutions() => OneDnn.Verify(OneDnn.AreConvolutionsRight, () => OneDnn.TryTurnOff(Loader.CpuLibrary));
}
