using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A file that others write to a path that they are given, and that takes its name when it is complete. Until it is disposed no other command writes it.</summary>
internal sealed class StagedFile : IDisposable
{
    private readonly string _target;
    private OutputLock? _lock;

    /// <param name="target">Full path. If it is a link, the file that it leads to is replaced, and the link stays, as with <see cref="AtomicFile"/>.</param>
    public StagedFile(string target)
    {
        _target = AtomicFile.TargetOf(target);
        Path = $"{_target}.{Guid.NewGuid():N}.tmp";
    }

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>From here no other command writes it. Its folder is there. Where it replaces a file, <see cref="Path"/> is an empty file that those may read who may read the old one.</summary>
    /// <exception cref="CommandException">Another command writes it, or its folder cannot be written to.</exception>
    public StagedFile Open()
    {
        if (_lock is not null)
            return this;
        _lock = OutputLock.Take(_target);
        try
        {
            // It is written by its path, also where the old file is only to be read.
            if (File.Exists(_target))
                AtomicFile.Create(Path, _target, UnixFileMode.UserRead | UnixFileMode.UserWrite).Dispose();
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gives the file its name, as <see cref="AtomicFile.Place"/>.</summary>
    public void Commit()
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Write);
        AtomicFile.Place(file, _target);
    }

    public void Dispose()
    {
        AtomicFile.TryDelete(Path);
        _lock?.Dispose();
    }
}
