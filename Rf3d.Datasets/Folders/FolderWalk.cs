namespace Rf3d.Datasets;

/// <summary>An image that a walk came upon.</summary>
/// <param name="Prefix">The folders between where the walk began and the file, each with "/" behind it.</param>
/// <param name="Name">The name of the file.</param>
/// <param name="RealFolder">Its folder, without links.</param>
/// <param name="IsLink">Whether it is a link.</param>
internal readonly record struct FoundImage(string Prefix, string Name, string RealFolder, bool IsLink);

/// <summary>
/// Walks through folders below a root, each once: links that lead back to a folder of the root, or to one above it, are counted and not followed. Files that are not images are counted, too. For one thread.
/// </summary>
internal sealed class FolderWalk
{
    private readonly RealPaths _real = new();
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private readonly string _root;

    public FolderWalk(string root) => _root = _real.Of(root);

    public UnusedFileTally Unused { get; } = new();

    /// <summary>Whether a link leads to a folder that is in the root anyway.</summary>
    /// <param name="link">The path of the link.</param>
    public bool IsRepeated(string link)
    {
        var real = _real.Of(link);
        return RealPaths.IsWithin(real, _root) || RealPaths.IsWithin(_root, real);
    }

    /// <summary>The images of a folder and of the folders below it, as the system lists them. Nothing is held: a folder may have any number.</summary>
    /// <param name="folder">A folder in the root, or the root.</param>
    public IEnumerable<FoundImage> Images(string folder) => Images(folder, "", _real.Of(folder));

    /// <summary>The images below a folder in ordinal order of their paths, each real file once.</summary>
    /// <param name="folder">A folder in the root.</param>
    /// <returns>Paths below the folder, with "/" between their parts.</returns>
    public List<string> SortedImages(string folder)
    {
        List<FoundImage> found = [.. Images(folder)];
        if (found.Any(image => image.IsLink))
            found = WithoutRepeated(folder, found);
        var names = found.ConvertAll(image => image.Prefix + image.Name);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Counts the files and folders in a folder beside the folders that are used.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isUsed">Whether a folder in it is used.</param>
    public void CountBeside(string folder, Func<string, bool> isUsed)
    {
        foreach (var entry in FolderEntry.In(folder).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, entry.Name);
            if (entry.IsHidden)
                CountHidden(entry, path);
            else if (!entry.IsFolder)
                Unused.AddFile(IsSpecial(entry, path) ? UnusedFileReason.NotARegularFile : UnusedFileReason.OutsideClassFolders, path);
            else if (entry.IsLink && IsRepeated(path))
                Unused.AddFolder(UnusedFileReason.RepeatedLink, path);
            else if (!isUsed(entry.Name))
                Unused.AddFolder(UnusedFileReason.OutsideSplits, path);
        }
    }

    private IEnumerable<FoundImage> Images(string folder, string prefix, string realFolder)
    {
        if (!_visited.Add(realFolder))
        {
            Unused.AddFolder(UnusedFileReason.RepeatedLink, folder);
            yield break;
        }
        foreach (var entry in FolderEntry.In(folder))
        {
            var path = Path.Combine(folder, entry.Name);
            if (entry.IsHidden)
            {
                CountHidden(entry, path);
            }
            else if (!entry.IsFolder)
            {
                if (IsSpecial(entry, path))
                    Unused.AddFile(UnusedFileReason.NotARegularFile, path);
                else if (ImageFormats.MayBeImage(path))
                    yield return new(prefix, entry.Name, realFolder, entry.IsLink);
                else
                    Unused.AddFile(UnusedFileReason.NotAnImage, path);
            }
            else if (entry.IsLink && IsRepeated(path))
            {
                Unused.AddFolder(UnusedFileReason.RepeatedLink, path);
            }
            else
            {
                var real = entry.IsLink ? _real.Of(path) : Path.Combine(realFolder, entry.Name);
                foreach (var image in Images(path, $"{prefix}{entry.Name}/", real))
                    yield return image;
            }
        }
    }

    /// <summary>Of a file and the links to it, the file counts; of several links to it, the first.</summary>
    private List<FoundImage> WithoutRepeated(string folder, List<FoundImage> found)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<FoundImage> once = [];
        foreach (var image in found.OrderBy(image => image.IsLink).ThenBy(image => image.Prefix + image.Name, StringComparer.Ordinal))
        {
            var path = Path.Combine(image.RealFolder, image.Name);
            if (seen.Add(image.IsLink ? _real.Of(path) : path))
                once.Add(image);
            else
                Unused.AddFile(UnusedFileReason.RepeatedLink, Path.Combine(folder, image.Prefix + image.Name));
        }
        return once;
    }

    private void CountHidden(FolderEntry entry, string path)
    {
        if (entry.IsFolder)
            Unused.AddFolder(UnusedFileReason.HiddenFolder, path);
        else
            Unused.AddFile(UnusedFileReason.HiddenFile, path);
    }

    // Most files are neither empty nor links, and need no call of the system.
    private static bool IsSpecial(FolderEntry entry, string path) => (entry.IsEmpty || entry.IsLink) && SpecialFile.Is(path);
}
