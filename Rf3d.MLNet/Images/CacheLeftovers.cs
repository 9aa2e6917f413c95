namespace Rf3d.MLNet;

/// <summary>Deletes the unfinished cache files of processes that were killed.</summary>
internal static class CacheLeftovers
{
    // A process has created its file and has not locked it yet.
    private static readonly TimeSpan Age = TimeSpan.FromMilliseconds(200);

    // Some network file systems have no locks: a file there may be in use although it can be opened exclusively.
    private static readonly TimeSpan AgeWithoutLocks = TimeSpan.FromDays(1);

    /// <param name="folder">The folder of the cache files.</param>
    /// <param name="open">A file in it that this process has open, by which locks are tried.</param>
    public static void Delete(string folder, string open)
    {
        var age = IsInUse(open) ? Age : AgeWithoutLocks;
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, $"*{ImageCacheNames.Extension}.*.tmp"))
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) >= age && !IsInUse(path))
                    AtomicFile.TryDelete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The files stay and take space.
        }
    }

    // A file that another process has open cannot be opened exclusively.
    private static bool IsInUse(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
