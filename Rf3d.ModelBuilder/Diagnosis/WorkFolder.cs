namespace Rf3d.ModelBuilder;

/// <summary>A folder in which files are prepared before they take their place, under a name by which <see cref="OutputLock"/> knows it. Files that are left in it are deleted at the end.</summary>
internal sealed class WorkFolder : IDisposable
{
    /// <param name="target">Full path of what is prepared. The folder is beside it.</param>
    public WorkFolder(string target) => Path = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}.tmp").FullName;

    public string Path { get; }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path))
                Directory.Delete(Path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process has a file of it open. The next command for this target deletes it.
        }
    }
}
