using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.MLNet;

/// <summary>
/// A folder of checkpoints, for one training at a time. Files are written whole or not at all, and the two last are kept: a failing disk may
/// damage the newer one.
/// </summary>
internal sealed partial class CheckpointStore : IDisposable
{
    private const string LockName = "checkpoint.lock";

    private readonly FileStream _lock;
    private FileStream? _foundFile;
    private string? _last;

    private CheckpointStore(string folder, FileStream folderLock, Action<string> warn)
    {
        (Folder, _lock) = (folder, folderLock);
        Found = FindLatest(warn);
    }

    public string Folder { get; }

    /// <summary>The latest checkpoint that was there when the folder was opened; null when there was none.</summary>
    public Checkpoint? Found { get; private set; }

    /// <summary>Makes the folder if need be, keeps others out of it, and reads the latest checkpoint.</summary>
    /// <exception cref="IOException">The folder cannot be written to, or another training uses it.</exception>
    /// <exception cref="InvalidOperationException">There are checkpoints, and none of them can be read.</exception>
    public static CheckpointStore Open(string folder, Action<string> warn)
    {
        var full = Path.GetFullPath(folder);
        FileStream folderLock;
        try
        {
            Directory.CreateDirectory(full);
            // Held by the system for the process, so that it is gone when the process is, however that ends.
            folderLock = new FileStream(Path.Combine(full, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The folder of checkpoints '{full}' cannot be used: {error.Message} If another training uses it, give this one a folder of its own; else choose a folder that you may write to.",
                error);
        }
        try
        {
            return new CheckpointStore(full, folderLock, warn);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file of the checkpoint that was found.</summary>
    public void ForgetFound()
    {
        _foundFile?.Dispose();
        (Found, _foundFile) = (null, null);
    }

    /// <summary>Writes a checkpoint, and when it is safe deletes those before the last.</summary>
    /// <exception cref="IOException">It cannot be written; the ones before are untouched.</exception>
    public void Save(Checkpoint checkpoint)
    {
        var progress = checkpoint.Progress;
        var path = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{progress.Epochs.Length:000000}-{progress.Batch:000000}.safetensors"));
        AtomicFile.Write(path, checkpoint.Write);
        foreach (var (old, _, _) in List().Where(file => file.Path != path && file.Path != _last))
            AtomicFile.TryDelete(old);
        if (path != _last)
            _last = path;
    }

    public void Dispose()
    {
        ForgetFound();
        _lock.Dispose();
    }

    private Checkpoint? FindLatest(Action<string> warn)
    {
        // Files of a process that was killed while writing; no other process writes here now.
        foreach (var unfinished in Directory.GetFiles(Folder, "checkpoint-*.tmp"))
            AtomicFile.TryDelete(unfinished);
        List<string> damaged = [];
        foreach (var (path, _, _) in List().OrderByDescending(file => file.Epochs).ThenByDescending(file => file.Batch))
        {
            FileStream? file = null;
            try
            {
                file = File.OpenRead(path);
                var checkpoint = Checkpoint.From(SafeTensors.Read(file));
                (_foundFile, _last) = (file, path);
                if (damaged.Count > 0)
                    warn($"{string.Join(" ", damaged)} Training resumes from the checkpoint before, '{path}'.");
                return checkpoint;
            }
            catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
            {
                file?.Dispose();
                damaged.Add($"The checkpoint '{path}' cannot be used: {error.Message.TrimEnd('.')}.");
            }
        }
        return damaged.Count == 0 ? null : throw new InvalidOperationException(
            $"{string.Join(" ", damaged)} There is none left to resume. Delete the folder to start a new training, or choose another folder.");
    }

    private IEnumerable<(string Path, long Epochs, long Batch)> List()
    {
        foreach (var path in Directory.GetFiles(Folder))
        {
            if (Name().Match(Path.GetFileName(path)) is { Success: true, Groups: [_, var epochs, var batch] })
                yield return (path, long.Parse(epochs.ValueSpan, CultureInfo.InvariantCulture), long.Parse(batch.ValueSpan, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"^checkpoint-([0-9]{6,10})-([0-9]{6,10})\.safetensors$")]
    private static partial Regex Name();
}
