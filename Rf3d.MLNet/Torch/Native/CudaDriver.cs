using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>Properties of a GPU that TorchSharp does not have, from NVIDIA's driver.</summary>
internal static class CudaDriver
{
    private const int CapabilityMajor = 75, CapabilityMinor = 76;

    private static readonly ConcurrentDictionary<int, long> MostFree = new();

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

    /// <summary>
    /// Bytes of a GPU's memory that this process can use: the most that was free at any call. libtorch does not return memory to the driver, and uses it for the next
    /// training, so that the memory that is free now would give the second training of a process a smaller batch. Null when it cannot be found out.
    /// </summary>
    /// <param name="index">The GPU, counted from 0; -1 for the first.</param>
    public static long? UsableBytes(int index) => FreeBytes(index) is { } free ? MostFree.AddOrUpdate(Math.Max(0, index), free, (_, most) => Math.Max(most, free)) : null;

    /// <summary>The number of GPUs that this process may use; 0 where there is no driver.</summary>
    public static int Count() => WithDriver(driver => Function<GetCount>(driver, "cuDeviceGetCount") is { } getCount && getCount(out var count) == 0 ? count : 0);

    /// <summary>The name of a GPU; null if it is unknown.</summary>
    /// <param name="index">The GPU, counted from 0.</param>
    public static string? Name(int index) => OnDevice(index, (driver, device) =>
    {
        var name = new byte[256];
        if (Function<GetName>(driver, "cuDeviceGetName") is not { } getName || getName(name, name.Length, device) != 0)
            return null;
        return Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, name.AsSpan().IndexOf((byte)0))));
    });

    /// <summary>Bytes of a GPU's memory, used or not; null when it cannot be found out.</summary>
    /// <param name="index">The GPU, counted from 0.</param>
    public static long? TotalBytes(int index) => OnDevice<long?>(index, (driver, device) =>
        Function<GetTotalMemory>(driver, "cuDeviceTotalMem_v2") is { } getMemory && getMemory(out var bytes, device) == 0 ? (long)bytes : null);

    /// <summary>The version of CUDA that the driver is for, as in 12.8; null where there is no driver.</summary>
    public static string? Version() => WithDriver(driver =>
        Function<GetVersion>(driver, "cuDriverGetVersion") is { } getVersion && getVersion(out var version) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}")
            : null);

    private static T? OnDevice<T>(int index, Func<nint, int, T?> ask) => WithDriver(driver =>
        Function<GetDevice>(driver, "cuDeviceGet") is { } getDevice && getDevice(out var device, index) == 0 ? ask(driver, device) : default);

    private static T? WithDriver<T>(Func<nint, T?> ask)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
            return default;
        try
        {
            return Function<Initialize>(driver, "cuInit") is { } initialize && initialize(0) == 0 ? ask(driver) : default;
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }

    /// <summary>Bytes of a GPU's memory that no process uses now; null when it cannot be found out.</summary>
    /// <param name="index">The GPU, counted from 0; -1 for the first.</param>
    public static long? FreeBytes(int index)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
            return null;
        try
        {
            if (Function<Initialize>(driver, "cuInit") is not { } initialize || initialize(0) != 0
                || Function<GetDevice>(driver, "cuDeviceGet") is not { } getDevice || getDevice(out var device, Math.Max(0, index)) != 0
                || Function<RetainContext>(driver, "cuDevicePrimaryCtxRetain") is not { } retain
                || Function<ReleaseContext>(driver, "cuDevicePrimaryCtxRelease_v2") is not { } release
                || Function<PushContext>(driver, "cuCtxPushCurrent_v2") is not { } push
                || Function<PopContext>(driver, "cuCtxPopCurrent_v2") is not { } pop
                || Function<GetMemory>(driver, "cuMemGetInfo_v2") is not { } getMemory
                || retain(out var context, device) != 0)
            {
                return null;
            }
            // The context that libtorch works in; for a moment this thread's own, whatever it had before.
            try
            {
                if (push(context) != 0)
                    return null;
                var isKnown = getMemory(out var free, out _) == 0;
                _ = pop(out _);
                return isKnown ? (long)free : null;
            }
            finally
            {
                _ = release(device);
            }
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }

    private static T? Function<T>(nint library, string name)
        where T : Delegate =>
        NativeLibrary.TryGetExport(library, name, out var address) ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    private delegate int Initialize(uint flags);

    private delegate int GetCount(out int count);

    private delegate int GetDevice(out int device, int ordinal);

    private delegate int GetName([Out] byte[] name, int length, int device);

    private delegate int GetTotalMemory(out nuint bytes, int device);

    private delegate int GetVersion(out int version);

    private delegate int GetAttribute(out int value, int attribute, int device);

    private delegate int RetainContext(out nint context, int device);

    private delegate int ReleaseContext(int device);

    private delegate int PushContext(nint context);

    private delegate int PopContext(out nint context);

    private delegate int GetMemory(out nuint free, out nuint total);
}
