using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>What TorchSharp does not tell of a GPU, asked of NVIDIA's driver.</summary>
internal static class CudaDriver
{
    private const int CapabilityMajor = 75, CapabilityMinor = 76;

    /// <summary>As in 8.6; 0 when it cannot be found out.</summary>
    /// <param name="index">The GPU, counted from 0; -1 for the first.</param>
    public static double ComputeCapability(int index)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
            return 0;
        try
        {
            if (Function<Initialize>(driver, "cuInit") is not { } initialize || initialize(0) != 0
                || Function<GetDevice>(driver, "cuDeviceGet") is not { } getDevice || getDevice(out var device, Math.Max(0, index)) != 0
                || Function<GetAttribute>(driver, "cuDeviceGetAttribute") is not { } getAttribute
                || getAttribute(out var major, CapabilityMajor, device) != 0 || getAttribute(out var minor, CapabilityMinor, device) != 0)
            {
                return 0;
            }
            return major + (minor / 10.0);
        }
        finally
        {
            // The count of its users goes down; libtorch is still one of them.
            NativeLibrary.Free(driver);
        }
    }

    private static T? Function<T>(nint library, string name)
        where T : Delegate =>
        NativeLibrary.TryGetExport(library, name, out var address) ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    private delegate int Initialize(uint flags);

    private delegate int GetDevice(out int device, int ordinal);

    private delegate int GetAttribute(out int value, int attribute, int device);
}
