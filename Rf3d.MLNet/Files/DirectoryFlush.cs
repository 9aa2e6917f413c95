using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Makes a new name in a folder survive a power cut. .NET flushes files; folders only the system's own calls can.</summary>
internal static partial class DirectoryFlush
{
    /// <summary>Flushes a folder where the system can: not on Windows, which needs it not, and not on file systems that refuse.</summary>
    public static void Try(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(folder, 0);
        if (handle < 0)
            return;
        _ = Flush(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
