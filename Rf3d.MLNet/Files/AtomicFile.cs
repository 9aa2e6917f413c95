using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>
/// Writes files whole or not at all: to a temporary neighbour first, which then takes the name. If the name is a link, the file that it leads to is replaced, and the link stays. On Unix the new file
/// has the permissions of the one that it replaces.
/// </summary>
internal static class AtomicFile
{
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <param name="path">The file.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var target = full;
        try
        {
            target = TargetOf(full);
            Replace(target, write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{(target == full ? $"'{full}'" : $"'{target}', which the link '{full}' leads to,")} cannot be written: {error.Message} Choose a folder that exists and that you may write to.", error);
        }
    }

    /// <summary>Deletes the files that killed processes left beside a file when they wrote it. Only for a caller that keeps others from writing it meanwhile.</summary>
    /// <param name="path">The file, which need not be there, nor its folder.</param>
    public static void DeleteLeftovers(string path)
    {
        var full = TargetOf(Path.GetFullPath(path));
        var (folder, start) = (Path.GetDirectoryName(full)!, $"{Path.GetFileName(full)}.");
        if (!Directory.Exists(folder))
            return;
        foreach (var left in Directory.GetFiles(folder, "*.tmp"))
        {
            var name = Path.GetFileNameWithoutExtension(left);
            if (name.StartsWith(start, StringComparison.Ordinal) && Guid.TryParseExact(name.AsSpan(start.Length), "N", out _))
                TryDelete(left);
        }
    }

    /// <summary>The file that a link leads to, which need not be there; the path itself where it is no link.</summary>
    public static string TargetOf(string path) => RealPaths.TargetOf(path) is null ? path : new RealPaths().Of(path);

    /// <summary>Deletes a file if that is possible.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that could not be written need not be there to delete, and an old file may stay: only the caller's own error or success matters.
        }
    }

    /// <summary>Creates the file that <see cref="Place"/> gives its name. On Unix it has the permissions of the file that it replaces before a byte is in it.</summary>
    /// <param name="temporary">The path to create, in the folder of the target.</param>
    /// <param name="target">The file that is to be replaced, which need not be there.</param>
    /// <param name="more">Further permissions that it needs until it is complete.</param>
    public static FileStream Create(string temporary, string target, UnixFileMode more = UnixFileMode.None)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            options.UnixCreateMode = File.GetUnixFileMode(target) | more;
        var file = new FileStream(temporary, options);
        try
        {
            // The system has taken from the mode what this process does not give to new files.
            if (!OperatingSystem.IsWindows() && options.UnixCreateMode is { } mode)
                SetMode(file.SafeFileHandle, mode);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives a complete file its name, and on Unix the permissions of the file that it replaces. The content is on the disk before: after a power cut, the name has the old file or the new one.</summary>
    /// <param name="complete">The file, open for writing; it is closed.</param>
    /// <param name="target">Its name, which is no link.</param>
    public static void Place(FileStream complete, string target)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            SetMode(complete.SafeFileHandle, File.GetUnixFileMode(target));
        var path = complete.Name;
        complete.Flush(flushToDisk: true);
        complete.Dispose();
        File.Move(path, target, overwrite: true);
        DirectoryFlush.Try(Path.GetDirectoryName(target)!);
    }

    [UnsupportedOSPlatform("windows")]
    private static void SetMode(SafeFileHandle file, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(file) != mode)
            File.SetUnixFileMode(file, mode);
    }

    private static void Replace(string target, Action<Stream> write)
    {
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using var file = Create(temporary, target);
            write(file);
            Place(file, target);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }
}
