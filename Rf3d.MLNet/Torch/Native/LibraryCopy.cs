using System.Security.Cryptography;

namespace Rf3d.MLNet;

/// <summary>Keeps a changed copy of a native library in a folder of the user's, so that later starts need not write it again.</summary>
internal static class LibraryCopy
{
    private const UnixFileMode UserFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode UserFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The per-user cache of this system, or null when the user has no home.</summary>
    public static string? DefaultFolder()
    {
        // The XDG specification wants relative paths ignored.
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            cache = home.Length > 0 ? Path.Combine(home, ".cache") : "";
        }

        return cache!.Length > 0 ? Path.Combine(cache, "rf3d-mlnet") : null;
    }

    /// <summary>Makes sure that <paramref name="folder"/> holds a file with exactly <paramref name="content"/>.</summary>
    /// <param name="folder">Created when it does not exist. It is closed to other users.</param>
    /// <param name="fileName">The library's own name; the copy's name adds the SHA-256 of its content.</param>
    /// <param name="content">The content of the file. A file with other content is replaced.</param>
    /// <returns>The path of the copy.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written, or belongs to another user.</exception>
    public static string Put(string folder, string fileName, ReadOnlySpan<byte> content)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UserFolder);
            // Files here are loaded into the user's processes, so no other user may write them. This also throws when the folder is not ours.
            File.SetUnixFileMode(folder, UserFolder);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        var path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(fileName)}-{hash}{Path.GetExtension(fileName)}");
        if (!Holds(path, content))
            Write(path, content);
        return path;
    }

    // The name alone proves nothing: a full disk or a crash may have cut the file. The wanted bytes are in memory, so they are compared
    // themselves rather than hashed again.
    private static bool Holds(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length == content.Length && content.SequenceEqual(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        // Under a name of its own and then renamed: another process sees all of the file or none, and one that already runs from the old
        // file keeps that one.
        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UserFile;
            using (var stream = new FileStream(temporary, options))
                stream.Write(content);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
