using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A file that others write to a path that they are given, and that takes its name when it is complete. Until it is disposed no other command writes it.</summary>
internal sealed class StagedFile : IDisposable
{
    private readonly string _target;
    private readonly OutputLock _lock;

    /// <param name="target">Full path. Its folder is made if need be.</param>
    /// <exception cref="CommandException">Another command writes it, or its folder cannot be written to.</exception>
    public StagedFile(string target)
    {
        _target = target;
        Path = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"'{System.IO.Path.GetDirectoryName(target)}' cannot be written to: {error.Message} Choose another --output.", inner: error);
        }
        _lock = OutputLock.Take(target);
    }

    /// <summary>Where to write.</summary>
    public string Path { get; }

    public void Commit() => File.Move(Path, _target, overwrite: true);

    public void Dispose()
    {
        AtomicFile.TryDelete(Path);
        _lock.Dispose();
    }
}
