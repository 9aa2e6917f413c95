namespace Rf3d.MLNet;

/// <summary>The one way to TorchSharp: everything that touches it calls <see cref="EnsureLoaded"/> first.</summary>
internal static class TorchNative
{
    public static TorchNativeLoader Loader { get; } = new();

    /// <summary>
    /// Loads TorchSharp's native libraries, once per process. Without it TorchSharp loads them itself, in the static constructor of
    /// whichever of its types is used first; when that fails, the type is lost to the process and the reason is buried.
    /// </summary>
    /// <exception cref="DllNotFoundException">
    /// They cannot be loaded; the message says why and what to do. Every later call fails in the same way.
    /// </exception>
    public static void EnsureLoaded() => Loader.EnsureLoaded();
}
