using System.Globalization;
using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>The heap of glibc's malloc, on which libtorch's tensors lie, and whether it gives free memory back to the system.</summary>
internal static partial class GlibcHeap
{
    // mallopt(3).
    private const int TrimThreshold = -1, MmapThreshold = -3, MmapMax = -4;

    // The threshold that glibc adapts to in a process that frees large blocks.
    private const int GreatestMmapThreshold = 32 << 20, DefaultMmapMax = 65_536;

    private static readonly string[] Variables = ["MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"];

    private static readonly string[] Functions = ["mallopt", "malloc_trim", "gettid"];

    // Only glibc's own file has this name; replacements elsewhere do not have all of these.
    private static readonly Lazy<bool> IsHere = new(() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && Functions.All(name => NativeLibrary.TryGetExport(library, name, out _)));

    /// <summary>Whether the application allows it: the setting belongs to the whole process.</summary>
    public static bool IsKeepingAllowed { get; set; }

    /// <summary>
    /// Whether it is allowed, this is glibc, by settings of its own, and the process's first thread: the heaps of other threads are regions of 64 MB, too small for
    /// the tensors that matter, and those are mapped and unmapped whatever is set.
    /// </summary>
    public static bool CanKeep() =>
        IsKeepingAllowed && IsHere.Value && !Variables.Any(name => Environment.GetEnvironmentVariable(name) is not null) && ThreadId() == Environment.ProcessId;

    /// <summary>Keeps memory that is freed from now on, for the whole process.</summary>
    public static void Keep()
    {
        _ = SetOption(MmapMax, 0);
        _ = SetOption(TrimThreshold, -1);
    }

    /// <summary>Returns free memory of all threads' heaps to the system. Does nothing without glibc.</summary>
    public static void ReturnFree()
    {
        if (IsHere.Value)
            _ = Trim(0);
    }

    /// <summary>Returns free memory to the system, now and from now on.</summary>
    public static void GiveBack()
    {
        _ = SetOption(MmapThreshold, GreatestMmapThreshold);
        _ = SetOption(MmapMax, DefaultMmapMax);
        _ = SetOption(TrimThreshold, 2 * GreatestMmapThreshold);
        _ = Trim(0);
    }

    /// <summary>How often the system has given this thread a page of memory so far; null where it does not tell.</summary>
    public static long? PageFaults()
    {
        try
        {
            // The name of the program, in brackets, may hold anything; minflt is the eighth field after it.
            var fields = File.ReadAllText("/proc/thread-self/stat");
            return long.Parse(fields[(fields.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);

    [LibraryImport("libc.so.6", EntryPoint = "gettid")]
    private static partial int ThreadId();
}
