namespace Rf3d.Datasets;

/// <summary>
/// Finds the image files of folders, without labels, for a model to score. Folders are searched to any depth, each once, also through links. Other files are counted. Not
/// thread-safe.
/// </summary>
public sealed class ImageFileFinder
{
    private readonly UnusedFileTally _unused = new();

    /// <summary>The files found so far that are not images. Complete for a folder after its images have been enumerated.</summary>
    public IReadOnlyList<UnusedFiles> UnusedFiles => _unused.ToList();

    /// <summary>Lists the images of a folder and of the folders below it, in the order that the system lists them.</summary>
    /// <param name="folder">The folder. It is read while the result is enumerated; names are not kept, so there may be any number of them.</param>
    /// <returns>Paths that begin with <paramref name="folder"/>.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public IEnumerable<string> Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Directory.Exists(folder) ? Search(folder) : throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
    }

    private IEnumerable<string> Search(string folder)
    {
        var walk = new FolderWalk(folder);
        foreach (var image in walk.Images(folder))
            yield return Path.Combine(folder, NativePaths.Of(image.Prefix + image.Name));
        _unused.Add(walk.Unused.ToList());
    }
}
