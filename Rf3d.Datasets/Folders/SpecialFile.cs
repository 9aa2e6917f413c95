using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Rf3d.Datasets;

/// <summary>Tells pipes, sockets and devices from files, without opening them: to open a pipe blocks until another process writes to it. .NET does not say what a file is.</summary>
internal static class SpecialFile
{
    private const int CurrentFolder = -100;
    private const uint TypeWanted = 1;
    private const int SizeOfResult = 256;
    private const int OffsetOfMode = 28;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Whether a path leads, perhaps over links, to something that is neither a file nor a folder. Elsewhere than on Linux false: there <see cref="ImageFileContent"/> finds out, which never waits.</summary>
    /// <param name="path">A path.</param>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        // struct statx, which is the same on all processors.
        var result = new byte[SizeOfResult];
        try
        {
            return StatNative(CurrentFolder, path, 0, TypeWanted, result) == 0
                && (BinaryPrimitives.ReadUInt16LittleEndian(result.AsSpan(OffsetOfMode)) & TypeMask) is not (RegularFile or Folder);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return false;
        }
    }

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatNative(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint wanted, [Out] byte[] result);
#pragma warning restore SYSLIB1054
}
