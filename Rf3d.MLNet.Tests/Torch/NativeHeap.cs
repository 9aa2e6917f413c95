using System.Runtime.InteropServices;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>
/// Bytes that native code has allocated and not freed, in all heaps of glibc (mallinfo2(3)): neither the runtime's managed memory nor free memory that stays in the heap, both of
/// which are in the process's working set.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>Null where the system's allocator does not say.</summary>
    public static long? BytesInUse()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return BytesInUseAfterCollection();
    }

    /// <summary>The same where the garbage has just been collected.</summary>
    public static long? BytesInUseAfterCollection()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "mallinfo2", out _))
            return null;
        var info = Read();
        return (long)(info.UsedInHeaps + info.Mapped);
    }

    [DllImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static extern Info Read();

    // In glibc's order; all of them are size_t.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Info
    {
        private readonly nuint _arena, _freeChunks, _fastChunks, _mappedRegions;

        public readonly nuint Mapped;

        private readonly nuint _most, _fastBytes;

        public readonly nuint UsedInHeaps;

        private readonly nuint _free, _top;
    }
}
