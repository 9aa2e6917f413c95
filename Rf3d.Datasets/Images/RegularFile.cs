using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>Opens files that may be something else by the time they are opened, or never were files.</summary>
internal static class RegularFile
{
    /// <summary>Opens without waiting: to open a pipe as usual blocks until another process writes to it, and only the system itself can tell what a path with links leads to.</summary>
    /// <exception cref="IOException">The file cannot be opened; <see cref="FileNotFoundException"/> where there is none.</exception>
    /// <exception cref="NotSupportedException">It is a socket.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("its path has a null character");
        const int NoSuchFile = 2, Interrupted = 4, NoSuchDevice = 6, NotADirectory = 20;
        // A link that leads to itself; a name that no file can have; and what macOS says of a socket, of which Linux says that there is no such device.
        var (loop, tooLong, socket) = OperatingSystem.IsLinux() ? (40, 36, NoSuchDevice) : (62, 63, 102);
        // O_RDONLY with O_NONBLOCK, O_NOCTTY and O_CLOEXEC.
        var flags = OperatingSystem.IsLinux() ? 0x800 | 0x100 | 0x80000 : 0x4 | 0x20000 | 0x1000000;
        while (true)
        {
            var descriptor = OpenNative(path, flags);
            if (descriptor >= 0)
                return new SafeFileHandle(descriptor, ownsHandle: true);
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            if (error is NoSuchFile or NotADirectory || error == loop || error == tooLong)
                throw new FileNotFoundException(null, path);
            if (error is NoSuchDevice || error == socket)
                throw new NotSupportedException("it is a socket, or a device that is not there");
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code, which generated applications do not allow.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenNative([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
