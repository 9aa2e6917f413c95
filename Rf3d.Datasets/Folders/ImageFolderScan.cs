namespace Rf3d.Datasets;

/// <summary>The class folders and image files found below a folder, in the order of the rows.</summary>
internal sealed class ImageFolderScan
{
    private const string Layout = "The layout expected is a folder for each class, with its images in it: folder/class/image.jpg.";
    private const int NamesInMessage = 10;

    private readonly bool _hasClassFolders;

    private ImageFolderScan(string folder, IReadOnlyList<string> classes, IReadOnlyList<ImageFile> files, IReadOnlyList<UnusedFiles> unused, bool hasClassFolders) =>
        (Folder, Classes, Files, Unused, _hasClassFolders) = (folder, classes, files, unused, hasClassFolders);

    public string Folder { get; }

    public IReadOnlyList<string> Classes { get; }

    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>The entries of the folder that are not among the files.</summary>
    public IReadOnlyList<UnusedFiles> Unused { get; }

    /// <summary>Full paths are put together when asked for: the folder's own part would be held once for each image.</summary>
    public string PathOf(int file) => _hasClassFolders
        ? Path.Combine(Folder, Classes[Files[file].Class], NativePaths.Of(Files[file].Name))
        : Path.Combine(Folder, NativePaths.Of(Files[file].Name));

    /// <summary>The same folder with some of its files only, and all of its classes.</summary>
    public ImageFolderScan Only(IEnumerable<int> files) => new(Folder, Classes, [.. files.Select(file => Files[file])], Unused, _hasClassFolders);

    /// <summary>Files whose classes something else than their folders says.</summary>
    /// <param name="folder">The folder that the names of the files are relative to.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="files">The files.</param>
    /// <param name="unused">The entries that are not used.</param>
    public static ImageFolderScan OfFiles(string folder, IReadOnlyList<string> classes, IReadOnlyList<ImageFile> files, IReadOnlyList<UnusedFiles> unused) =>
        new(folder, classes, files, unused, hasClassFolders: false);

    public static void MustExist(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'. {Layout}");
    }

    public static ImageFolderScan Of(string folder, IReadOnlyList<string>? classes)
    {
        MustExist(folder);
        var walk = new FolderWalk(folder);
        var given = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var root = ImageFolderLayout.Inner(given, classes, walk);
        var found = FolderEntry.VisibleFolders(root, walk.IsRepeated).ToArray();
        if (found.Length == 0)
            throw new InvalidDataException($"'{folder}' has no sub-folders{LooseImages(root)}. {Layout}{OtherForms(root)}");

        var names = classes == null ? found : Agreed(folder, found, classes);
        var present = found.ToHashSet(StringComparer.Ordinal);
        var files = new ClassFolderImages(walk, root, names).Find(present.Contains);
        var isWithImages = new bool[names.Length];
        foreach (var file in files)
            isWithImages[file.Class] = true;
        var without = names.Where((_, index) => !isWithImages[index]).ToList();
        if (files.Count == 0)
            throw new InvalidDataException(
                $"'{folder}' has {found.Length} sub-folders, but none has images ({ImageFormats.Names}). {Layout}");
        // A class that is given may be without images here: others have them.
        if (classes == null && without.Count > 0)
            throw new InvalidDataException(
                $"'{folder}' has class folders without images: {List(without)}. A class cannot be learned without images: " +
                $"put images ({ImageFormats.Names}) in, or delete the folders.{RepeatedLinks(walk)}");
        ImageFolderLayout.CountBeside(walk, given, root, present.Contains);
        return new ImageFolderScan(root, names, files, walk.Unused.ToList(), hasClassFolders: true);
    }

    private static string[] Agreed(string folder, string[] found, IReadOnlyList<string> classes)
    {
        var unknown = found.Except(classes, StringComparer.Ordinal).ToArray();
        return unknown.Length == 0
            ? [.. classes]
            : throw new InvalidDataException(
                $"'{folder}' has class folders that are not among the {classes.Count} classes of the training data: {List(unknown)}. " +
                "Names agree only letter for letter, upper and lower case included. Add them to the training images, or remove them here.");
    }

    private static string RepeatedLinks(FolderWalk walk)
    {
        var links = walk.Unused.ToList().Where(files => files.Reason is UnusedFileReason.RepeatedLink).ToList();
        return links.Count == 0 ? "" : $" Not used: {string.Join("; ", links)}.";
    }

    private static string LooseImages(string root)
    {
        var count = FolderEntry.In(root).Count(entry => !entry.IsFolder && !entry.IsHidden && ImageFormats.Extensions.Contains(Path.GetExtension(entry.Name)));
        return count == 0 ? "" : $", only {count} images directly in it";
    }

    private static string OtherForms(string root)
    {
        if (MnistFolder.Find(root, MnistSplit.Train) is not null || MnistFolder.Find(root, MnistSplit.Test) is not null)
            return " It has the files of MNIST, which LoadMnist reads.";
        var table = FolderEntry.In(root).FirstOrDefault(entry => !entry.IsFolder && !entry.IsHidden && ImageTable.Extensions.Contains(Path.GetExtension(entry.Name).ToLowerInvariant()));
        return table.Name is null ? "" : $" If '{table.Name}' is a table of the labels, use LoadImageTable.";
    }

    private static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(NamesInMessage)) + (names.Count > NamesInMessage ? $" and {names.Count - NamesInMessage} more" : "");
}

/// <summary>An image file.</summary>
/// <param name="Class">The index of its class.</param>
/// <param name="Name">Its path below the class folder, or below the folder of a table's images.</param>
internal readonly record struct ImageFile(int Class, string Name)
{
    /// <summary>The order of the rows: by class, then by path.</summary>
    public static int Compare(ImageFile a, ImageFile b) => a.Class != b.Class ? a.Class.CompareTo(b.Class) : string.CompareOrdinal(a.Name, b.Name);
}
