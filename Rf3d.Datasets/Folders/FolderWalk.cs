namespace Rf3d.Datasets;

/// <summary>An image that a walk came upon.</summary>
/// <param name="Prefix">The folders between where the walk began and the file, each with "/" behind it.</param>
/// <param name="Name">The name of the file.</param>
/// <param name="IsLink">Whether it is a link.</param>
/// <param name="IsElsewhere">Whether its folder is outside the root: a link leads there.</param>
internal readonly record struct FoundImage(string Prefix, string Name, bool IsLink, bool IsElsewhere);

/// <summary>
/// Walks through folders below a root: links that lead back to a folder of the root, or to one above it, are counted and not followed. Files that are not images are counted, too. For one thread.
/// </summary>
internal sealed class FolderWalk
{
    private readonly string _root;

    public FolderWalk(string root) => _root = Real.Of(root);

    public RealPaths Real { get; } = new();

    public UnusedFileTally Unused { get; } = new();

    /// <summary>Whether a path is a link to a folder that is in the root anyway.</summary>
    /// <param name="path">The path of a folder.</param>
    public bool IsRepeated(string path)
    {
        if (RealPaths.TargetOf(path) is null)
            return false;
        var real = Real.Of(path);
        return RealPaths.IsWithin(real, _root) || RealPaths.IsWithin(_root, real);
    }

    /// <summary>The images of a folder and of the folders below it, each folder once, as the system lists them. Names are not held: a folder may have any number.</summary>
    /// <param name="folder">A folder in the root, or the root.</param>
    public IEnumerable<FoundImage> Images(string folder) => Images(folder, "", Real.Of(folder), new(StringComparer.Ordinal));

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

    private IEnumerable<FoundImage> Images(string folder, string prefix, string realFolder, HashSet<string> visited)
    {
        if (!visited.Add(realFolder))
        {
            Unused.AddFolder(UnusedFileReason.RepeatedLink, folder);
            yield break;
        }
        var isElsewhere = !RealPaths.IsWithin(realFolder, _root);
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
                    yield return new(prefix, entry.Name, entry.IsLink, isElsewhere);
                else
                    Unused.AddFile(UnusedFileReason.NotAnImage, path);
            }
            else if (entry.IsLink && IsRepeated(path))
            {
                Unused.AddFolder(UnusedFileReason.RepeatedLink, path);
            }
            else
            {
                var real = entry.IsLink ? Real.Of(path) : Path.Combine(realFolder, entry.Name);
                foreach (var image in Images(path, $"{prefix}{entry.Name}/", real, visited))
                    yield return image;
            }
        }
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
