using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// A folder of this process for all temporary files, ML.NET's among them, in that of the system. It is deleted at the end; one that a killed process left is deleted by the next process. A lock beside it, which
/// the system frees when its process ends, tells a folder in use from one that is left; no other name in the system's folder is touched. Systems delete temporary files that have not changed for some days: a process
/// that runs so long changes the times of both, and makes the folder again if it is gone.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "rf3d-run-";
    private const string LockExtension = ".lock";

    // macOS deletes after three days, Linux after ten or more.
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly FileStream _lock;
    private readonly Timer _timer;
    private readonly string? _before = Environment.GetEnvironmentVariable(TemporaryVariable.Name);
    private bool _isDisposed;

    private TemporaryFolder(string path, FileStream taken)
    {
        (Path, _lock) = (path, taken);
        OfSystem = System.IO.Path.GetDirectoryName(path)!;
        Environment.SetEnvironmentVariable(TemporaryVariable.Name, path);
        _timer = new(_ => Refresh(), null, Interval, Interval);
    }

    /// <summary>The folder of temporary files that all processes share.</summary>
    public static string OfSystem { get => field ?? System.IO.Path.GetTempPath(); private set; }

    public string Path { get; }

    /// <summary>Makes a folder for this process, to which the system's variable for temporary files points from then on, and deletes the folders that killed processes left.</summary>
    /// <param name="parent">The system's folder.</param>
    /// <returns>Null if none can be made. Code that needs temporary files then reports the error.</returns>
    public static TemporaryFolder? TryOpen(string parent)
    {
        try
        {
            parent = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(parent));
            var path = System.IO.Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
            // The lock is first: a folder without one is not ours, or not yet.
            var taken = Take(path + LockExtension, FileMode.CreateNew);
            try
            {
                Make(path);
                // A file system without locks tells nothing.
                if (TryTake(taken.Name) is { } second)
                    second.Dispose();
                else
                    DeleteLeftovers(parent);
                return new(path, taken);
            }
            catch
            {
                Delete(path, taken);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the folder from being deleted as one that is not used, and makes it again where it is gone.</summary>
    internal void Refresh()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            try
            {
                Make(Path);
                Directory.SetLastWriteTimeUtc(Path, DateTime.UtcNow);
                File.SetLastWriteTimeUtc(_lock.SafeFileHandle, DateTime.UtcNow);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Code that needs temporary files reports the error.
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
            _isDisposed = true;
        Environment.SetEnvironmentVariable(TemporaryVariable.Name, _before);
        Delete(Path, _lock);
    }

    /// <summary>Makes the folder for its user alone, if it is not there.</summary>
    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void DeleteLeftovers(string parent)
    {
        foreach (var path in Directory.GetFiles(parent, $"{Prefix}*{LockExtension}"))
        {
            if (TryTake(path) is { } taken)
                Delete(path[..^LockExtension.Length], taken);
        }
    }

    /// <returns>Null where its process runs, or belongs to another user.</returns>
    private static FileStream? TryTake(string path)
    {
        try
        {
            return Take(path, FileMode.Open);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileStream Take(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None, 1);

    /// <summary>The lock is last: where the folder cannot be deleted whole, a later process tries again.</summary>
    private static void Delete(string path, FileStream taken)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            taken.Dispose();
            return;
        }
        taken.Dispose();
        AtomicFile.TryDelete(taken.Name);
    }
}
