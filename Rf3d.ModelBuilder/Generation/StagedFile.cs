using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A file that others write to a path that they are given, and that takes its name when it is complete. Until it is disposed no other command writes it.</summary>
internal sealed class StagedFile : IDisposable
{
    private readonly string _target;
    private OutputLock? _lock;

    /// <param name="target">Full path.</param>
    public StagedFile(string target) => (_target, Path) = (target, $"{target}.{Guid.NewGuid():N}.tmp");

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>From here no other command writes it. Its folder is there.</summary>
    /// <exception cref="CommandException">Another command writes it, or its folder cannot be written to.</exception>
    public StagedFile Open()
    {
        _lock ??= OutputLock.Take(_target);
        return this;
    }

    public void Commit() => File.Move(Path, _target, overwrite: true);

    public void Dispose()
    {
        AtomicFile.TryDelete(Path);
        _lock?.Dispose();
    }
}
