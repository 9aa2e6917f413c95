namespace Rf3d.MLNet;

/// <summary>Writes files whole or not at all: to a temporary neighbour first, which then takes the name.</summary>
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
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
            DirectoryFlush.Try(Path.GetDirectoryName(full)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new IOException($"'{full}' cannot be written: {error.Message} Choose a folder that exists and that you may write to.", error);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Deletes the files that killed processes left beside a file when they wrote it. Only for a caller that keeps others from writing it meanwhile.</summary>
    /// <param name="path">The file, which need not be there, nor its folder.</param>
    public static void DeleteLeftovers(string path)
    {
        var full = Path.GetFullPath(path);
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
}
