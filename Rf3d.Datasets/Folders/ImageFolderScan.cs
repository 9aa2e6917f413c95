namespace Rf3d.Datasets;

/// <summary>The class folders and image files found below a folder, in the order of the rows.</summary>
internal sealed class ImageFolderScan
{
    private const string Layout = "The layout expected is a folder for each class, with its images in it: folder/class/image.jpg.";
    private const int NamesInMessage = 10;

    private static readonly HashSet<string> Extensions =
        new([".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    private static readonly EnumerationOptions Everything = new() { IgnoreInaccessible = false };

    private static readonly EnumerationOptions EverythingBelow = new()
    {
        IgnoreInaccessible = false,
        RecurseSubdirectories = true,
        // A link that leads back to a folder above it ends here.
        MaxRecursionDepth = 16,
    };

    private ImageFolderScan(string folder, IReadOnlyList<string> classes, IReadOnlyList<ImageFile> files)
    {
        Folder = folder;
        Classes = classes;
        Files = files;
    }

    public string Folder { get; }

    public IReadOnlyList<string> Classes { get; }

    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>Full paths are put together when asked for: the folder's own part would be held once for each image.</summary>
    public string PathOf(int file) => Path.Combine(Folder, Classes[Files[file].Class], Files[file].Name);

    /// <summary>The same folder with some of its files only, and all of its classes.</summary>
    public ImageFolderScan Only(IEnumerable<int> files) => new(Folder, Classes, [.. files.Select(file => Files[file])]);

    public static void MustExist(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'. {Layout}");
    }

    public static ImageFolderScan Of(string folder, IReadOnlyList<string>? classes)
    {
        MustExist(folder);
        var root = Path.GetFullPath(folder);
        var found = Directory.EnumerateDirectories(root, "*", Everything)
            .Select(path => Path.GetFileName(path))
            .Where(name => !IsHidden(name))
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (found.Length == 0)
            throw new InvalidDataException($"'{folder}' has no sub-folders{LooseImages(root)}. {Layout}");

        var names = classes == null ? found : Agreed(folder, found, classes);
        var present = found.ToHashSet(StringComparer.Ordinal);
        var files = new List<ImageFile>();
        var without = new List<string>();
        for (var i = 0; i < names.Length; i++)
        {
            var before = files.Count;
            if (present.Contains(names[i]))
                files.AddRange(ImagesBelow(Path.Combine(root, names[i])).Select(name => new ImageFile(i, name)));
            if (files.Count == before)
                without.Add(names[i]);
        }
        if (files.Count == 0)
            throw new InvalidDataException(
                $"'{folder}' has {found.Length} sub-folders, but none has images ({string.Join(", ", Extensions)}). {Layout}");
        // A class that is given may be without images here: others have them.
        if (classes == null && without.Count > 0)
            throw new InvalidDataException(
                $"'{folder}' has class folders without images: {List(without)}. A class cannot be learnt without images: " +
                $"put images ({string.Join(", ", Extensions)}) in, or delete the folders.");
        return new ImageFolderScan(root, names, files);
    }

    private static string[] Agreed(string folder, string[] found, IReadOnlyList<string> classes)
    {
        if (classes.Count == 0 || classes.Any(string.IsNullOrEmpty) || classes.Distinct(StringComparer.Ordinal).Count() != classes.Count)
            throw new ArgumentException("Classes needs at least one name, no empty one, and none twice.", nameof(classes));
        var unknown = found.Except(classes, StringComparer.Ordinal).ToArray();
        return unknown.Length == 0
            ? [.. classes]
            : throw new InvalidDataException(
                $"'{folder}' has class folders that are not among the {classes.Count} classes of the training data: {List(unknown)}. " +
                "Names agree only letter for letter, upper and lower case included. Add them to the training images, or remove them here.");
    }

    private static IEnumerable<string> ImagesBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*", EverythingBelow)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(name => Extensions.Contains(Path.GetExtension(name)) && !name.Split('/').Any(IsHidden))
            .Order(StringComparer.Ordinal);

    // Windows does not hide what begins with a dot: the "._" files of macOS are named like images and are none.
    private static bool IsHidden(string name) => name.StartsWith('.');

    private static string LooseImages(string root)
    {
        var count = Directory.EnumerateFiles(root, "*", Everything).Count(path => Extensions.Contains(Path.GetExtension(path)));
        return count == 0 ? "" : $", only {count} images directly in it";
    }

    private static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(NamesInMessage)) + (names.Count > NamesInMessage ? $" and {names.Count - NamesInMessage} more" : "");
}

/// <summary>An image file: the index of its class, and its path below the class folder.</summary>
internal readonly record struct ImageFile(int Class, string Name);
