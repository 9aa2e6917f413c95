using System.Runtime.InteropServices;

namespace Rf3d.ModelBuilder;

/// <summary>A second name of a file, which takes no room and no time. The content stays as long as the file has a name.</summary>
internal static partial class HardLink
{
    /// <param name="file">The file.</param>
    /// <param name="name">Its further name, which is new.</param>
    /// <returns>False where the name is taken or lies in another file system, or the file system has no such names.</returns>
    public static bool TryCreate(string file, string name)
    {
        try
        {
            return OperatingSystem.IsWindows() ? CreateHardLink(name, file, 0) : Link(file, name) == 0;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string name, string file, nint security);
}
