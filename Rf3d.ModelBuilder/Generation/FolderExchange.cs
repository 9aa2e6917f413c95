using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Puts a new folder in the place of an old one in one step, so that a process that is killed leaves the old or the new one, never half of each. Files of the old folder that the
/// new one does not have stay: they get a second name in the new one before. Linux alone can do that.
/// </summary>
internal static partial class FolderExchange
{
    private const int CurrentFolder = -100;
    private const uint Exchange = 2;

    /// <summary>Exchanges two folders beside each other; afterwards <paramref name="replacement"/> is the old one.</summary>
    /// <param name="target">The folder.</param>
    /// <param name="replacement">The folder that replaces it. Gets the other files of <paramref name="target"/>.</param>
    /// <returns>False where the system, or its file system, cannot do that; the files of both folders are as they were, but that the new one may have some of the old one's, too.</returns>
    /// <exception cref="IOException">The old folder has a folder where the new one has a file, or a file where it has a folder.</exception>
    public static bool TryRun(string target, string replacement)
    {
        // A link to a folder stays a link.
        if (!OperatingSystem.IsLinux() || new DirectoryInfo(target).LinkTarget is not null)
            return false;
        try
        {
            return TryKeepOthers(target, replacement) && Rename(CurrentFolder, replacement, CurrentFolder, target, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library.
            return false;
        }
    }

    [SupportedOSPlatform("linux")]
    private static bool TryKeepOthers(string from, string to)
    {
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            var path = Path.Combine(to, entry.Name);
            var isFolder = entry is DirectoryInfo && entry.LinkTarget is null;
            if (isFolder ? File.Exists(path) : Directory.Exists(path))
                throw new IOException($"'{entry.FullName}' is {(isFolder ? "a folder, and a generated file" : "a file, and a generated folder")} has that name. Move it away, or choose another --output.");
            if (isFolder)
            {
                if (!Directory.Exists(path))
                    Directory.CreateDirectory(path, entry.UnixFileMode);
                if (!TryKeepOthers(entry.FullName, path))
                    return false;
            }
            else if (!File.Exists(path) && !HardLink.TryCreate(entry.FullName, path))
            {
                return false;
            }
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);
}
