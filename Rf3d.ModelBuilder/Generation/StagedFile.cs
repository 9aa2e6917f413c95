namespace Rf3d.ModelBuilder;

/// <summary>A file that others write to a path that they are given, and that takes its name when it is complete.</summary>
internal sealed class StagedFile(string target) : IDisposable
{
    /// <summary>Where to write.</summary>
    public string Path { get; } = $"{target}.{Guid.NewGuid():N}.tmp";

    public void Commit() => File.Move(Path, target, overwrite: true);

    /// <summary>Deletes what was not put in its place.</summary>
    public void Dispose()
    {
        if (File.Exists(Path))
            File.Delete(Path);
    }
}
