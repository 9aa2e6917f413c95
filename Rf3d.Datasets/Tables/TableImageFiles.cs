namespace Rf3d.Datasets;

/// <summary>Finds the files that a table names. Tables of Kaggle's competitions name them without their extension; those of Windows have "\" between folders.</summary>
internal sealed class TableImageFiles(string folder)
{
    private const int RowsLookedAt = 20;
    private static readonly string[] UsualFolders = ["images", "image", "imgs", "img", "train", "train_images", "training", "data"];

    // Of the same kind as the last one, most likely.
    private string _lastExtension = ".jpg";

    /// <summary>The full path of the folder that paths are relative to.</summary>
    public string Folder { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>The folder of the table, or one in it of a usual name, whichever has most of the first files.</summary>
    public static TableImageFiles Beside(string table, IReadOnlyList<TableRow> rows)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(table))!;
        var names = UsualFolders.Prepend(Path.GetFileNameWithoutExtension(table)).Prepend("");
        return names.Select(name => Path.Combine(folder, name)).Where(Directory.Exists).Select(candidate => new TableImageFiles(candidate))
            .MaxBy(files => rows.Take(RowsLookedAt).Count(row => files.Has(row.Path)))!;
    }

    /// <returns>The path below <see cref="Folder"/>, or a full path elsewhere; null where there is no such file.</returns>
    /// <exception cref="InvalidDataException">There are several files of that name with other extensions.</exception>
    public string? Find(string name)
    {
        if (File.Exists(Path.Combine(Folder, name)))
            return Plain(name);
        if (Path.DirectorySeparatorChar == '/' && name.Contains('\\', StringComparison.Ordinal) && Find(name.Replace('\\', '/')) is { } found)
            return found;
        if (ImageFormats.Extensions.Contains(Path.GetExtension(name)))
            return null;
        if (File.Exists(Path.Combine(Folder, name + _lastExtension)))
            return Plain(name + _lastExtension);
        var files = ImageFormats.Extensions.Concat(ImageFormats.Extensions.Select(extension => extension.ToUpperInvariant()))
            .Select(extension => name + extension).Where(path => File.Exists(Path.Combine(Folder, path))).ToList();
        // Where upper and lower case are the same there is one file twice.
        if (files.DistinctBy(path => path.ToUpperInvariant()).Count() > 1)
            throw new InvalidDataException($"'{name}' could be {string.Join(" or ", files.Select(path => $"'{path}'"))}");
        if (files.Count == 0)
            return null;
        _lastExtension = files[0][name.Length..];
        return Plain(files[0]);
    }

    /// <summary>Counts the images that lie among those that the table names.</summary>
    /// <param name="folders">The full paths of the folders that have them, and of the folder of the table.</param>
    /// <param name="named">The real paths of those that the table names.</param>
    /// <param name="real">Finds real paths.</param>
    /// <param name="unused">Where they are counted.</param>
    public static void CountUnnamed(IEnumerable<string> folders, IReadOnlySet<string> named, RealPaths real, UnusedFileTally unused)
    {
        foreach (var folder in folders.Where(Directory.Exists).Order(StringComparer.Ordinal))
        {
            foreach (var entry in FolderEntry.In(folder).Where(entry => !entry.IsFolder && !entry.IsHidden).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var path = Path.Combine(folder, entry.Name);
                if (ImageFormats.Extensions.Contains(Path.GetExtension(path)) && !named.Contains(entry.IsLink ? real.Of(path) : real.OfPlain(path)))
                    unused.AddFile(UnusedFileReason.NotInTable, path);
            }
        }
    }

    private bool Has(string name)
    {
        try
        {
            return Find(name) is not null;
        }
        catch (InvalidDataException)
        {
            // Said of its line later.
            return true;
        }
    }

    // One file, one text, however the table writes it.
    private string Plain(string name)
    {
        var relative = Path.GetRelativePath(Folder, Path.GetFullPath(name, Folder));
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(name, Folder) : relative;
    }
}
