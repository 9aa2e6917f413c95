namespace Rf3d.Datasets;

/// <summary>
/// Layout of a data set in a folder: one folder for each class, or one folder for each of training, validation and test images. It is found by names only.
/// </summary>
/// <remarks>
/// <para>Names of the parts, in any case: <c>train</c> or <c>training</c>; <c>val</c>, <c>valid</c> or <c>validation</c>; <c>test</c> or <c>testing</c>; each also with
/// <c>set</c>, <c>data</c>, <c>images</c> or <c>seg</c>, as in <c>training_set</c> or <c>seg_train</c>. A folder is divided into parts if there is a training folder with
/// folders in it, and no images directly: a class may be called "train", too.</para>
/// <para>Images beside the folders in a part are not used. With such images, a folder is the training folder if another part has two folders of the same names, and it has the
/// validation or test images if the training folder has a folder of the same name.</para>
/// <para>If a folder has one subfolder only, which has the data set, as after unpacking an archive, the subfolder is used.</para>
/// </remarks>
public sealed class ImageFolderLayout
{
    private const int MostSteps = 8;

    private ImageFolderLayout(string folder, string? train, string? validation, string? test, IReadOnlyList<UnusedFiles> unused) =>
        (Folder, TrainFolder, ValidationFolder, TestFolder, UnusedFiles) = (folder, train, validation, test, unused);

    /// <summary>The full path of the folder that has the folders of the classes or of the parts.</summary>
    public string Folder { get; }

    /// <summary>The full path of the training folder; null where the folder is not divided into parts.</summary>
    public string? TrainFolder { get; }

    /// <summary>The full path of the folder of validation images; null where there is none.</summary>
    public string? ValidationFolder { get; }

    /// <summary>The full path of the folder of test images; null where there is none.</summary>
    public string? TestFolder { get; }

    /// <summary>Files and folders beside and above the folders of the parts. Empty if there are no parts: the view of the folder then counts them.</summary>
    public IReadOnlyList<UnusedFiles> UnusedFiles { get; }

    /// <summary>Finds the layout of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">Two folders could be the same part.</exception>
    public static ImageFolderLayout Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ImageFolderScan.MustExist(folder);
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var walk = new FolderWalk(root);
        var current = root;
        for (var step = 0; step <= MostSteps; step++)
        {
            var names = FolderEntry.VisibleFolders(current, walk.IsRepeated);
            if (PartsOf(current, names, walk) is { } parts)
            {
                CountBeside(walk, root, current, name => parts.Contains(name));
                return new(current, Full(parts.Train), Full(parts.Validation), Full(parts.Test), walk.Unused.ToList());
            }
            if (names is not [var only])
                break;
            current = Path.Combine(current, only);
        }
        return new(Inner(root, null, walk), null, null, null, []);

        string? Full(string? name) => name is null ? null : Path.Combine(current, name);
    }

    /// <summary>The folder that has the class folders: the folder itself, or the one that its only folder leads to.</summary>
    /// <param name="root">The full path of a folder.</param>
    /// <param name="classes">The classes, if they are known: a folder of such a name is not stepped into.</param>
    /// <param name="walk">A walk of the root.</param>
    internal static string Inner(string root, IReadOnlyList<string>? classes, FolderWalk walk)
    {
        var current = root;
        for (var step = 0; step < MostSteps; step++)
        {
            if (FolderEntry.VisibleFolders(current, walk.IsRepeated) is not [var only] || classes?.Contains(only, StringComparer.Ordinal) is true)
                return root;
            current = Path.Combine(current, only);
            if (HasImages(current))
                return root;
            if (FolderEntry.VisibleFolders(current, walk.IsRepeated).Count > 1)
                return current;
        }
        return root;
    }

    /// <summary>Counts the files and folders beside the way from the root to the data set, and those in the data set that are not used.</summary>
    internal static void CountBeside(FolderWalk walk, string root, string inner, Func<string, bool> isUsed)
    {
        for (var folder = root; folder != inner;)
        {
            walk.CountBeside(folder, _ => true);
            folder = Path.Combine(folder, FolderEntry.VisibleFolders(folder, walk.IsRepeated).Single());
        }
        walk.CountBeside(inner, isUsed);
    }

    private static Parts? PartsOf(string folder, IReadOnlyList<string> names, FolderWalk walk)
    {
        var parts = names.Select(PartOf).OfType<Part>().ToList();
        // A class may be named "train", and have images and folders: folders of the same names in another part show that these are the classes.
        var train = OnlyOne(SplitKind.Train, part => parts.Exists(other => other.Kind is not SplitKind.Train && other.Shared(part) > 1));
        return train is null ? null : new(train.Name, LikeTraining(SplitKind.Validation, train), LikeTraining(SplitKind.Test, train));

        Part? PartOf(string name)
        {
            var path = Path.Combine(folder, name);
            return SplitNames.Of(name) is { } kind && FolderEntry.VisibleFolders(path, walk.IsRepeated) is { Count: > 0 } folders ? new(name, kind, folders, HasImages(path)) : null;
        }

        Part? OnlyOne(SplitKind kind, Func<Part, bool> mayHaveImages)
        {
            var found = parts.Where(part => part.Kind == kind && (!part.HasImages || mayHaveImages(part))).ToList();
            return found.Count <= 1
                ? found.FirstOrDefault()
                : throw new InvalidDataException(
                    $"'{folder}' has more than one folder for the same images: {string.Join(", ", found.Select(part => part.Name))}. Keep one of them, or load each with LoadImageFolder.");
        }

        string? LikeTraining(SplitKind kind, Part training) => OnlyOne(kind, part => part.Shared(training) > 0)?.Name;
    }

    // By extension: only names are looked at here.
    private static bool HasImages(string folder) =>
        FolderEntry.In(folder).Any(entry => !entry.IsFolder && !entry.IsHidden && ImageFormats.Extensions.Contains(Path.GetExtension(entry.Name)));

    /// <summary>A folder that is named after a part, and has folders.</summary>
    private sealed record Part(string Name, SplitKind Kind, IReadOnlyList<string> Folders, bool HasImages)
    {
        public int Shared(Part other) => Folders.Intersect(other.Folders, StringComparer.Ordinal).Count();
    }

    private sealed record Parts(string Train, string? Validation, string? Test)
    {
        public bool Contains(string name) => name == Train || name == Validation || name == Test;
    }
}
