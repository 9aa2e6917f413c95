using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Loads images from folders in the layout of ImageNet.</summary>
public static class ImageFolderCatalog
{
    /// <summary>Loads the images of a folder with one sub-folder for each class: <c>folder/class/image.jpg</c>.</summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="folder">The folder with the class folders.</param>
    /// <param name="options">Options, or null for the defaults.</param>
    /// <returns>
    /// A streaming, shuffleable view. A getter disposes the image that is passed to it, as ML.NET's LoadImages does, and the caller disposes the last one. An image from
    /// CreateEnumerable is valid until the next row. An image that cannot be decoded throws <see cref="InvalidDataException"/> from its getter or is skipped, as the
    /// options say; more bad images than <see cref="ImageFolderOptions.MaxBadImageFraction"/> throw the same from a cursor's MoveNext.
    /// </returns>
    /// <remarks>
    /// <para>Columns: <c>Image</c> (<see cref="MLImage"/> of any size), <c>Label</c> (key with the class names as key values, in ordinal order) and <c>ImagePath</c>
    /// (text, the full path). The rows are sorted by class, then by path, both ordinally, and are shuffled by the random number generator given to a cursor. Only file
    /// names are held in memory. A file is decoded when its image is read.</para>
    /// <para>Images are files with the extension of an image, or with none or an unknown one and the first bytes of an image, in the class folder or in folders below it.
    /// All other files are counted in <see cref="ImageFolderDataView.UnusedFiles"/>. Links are followed, except to files and folders that are used already, so that each
    /// file counts once. If the only subfolder of <paramref name="folder"/> has the class folders, it is used. Unlike with ML.NET's LoadImages, photographs are turned
    /// upright as their EXIF data says (<see cref="ImageFolderOptions.ApplyOrientation"/>).</para>
    /// <para>With <see cref="BadImageAction.Skip"/>, each file must be decoded once to know whether it has a row, also by a cursor that does not read images. The result
    /// is kept.</para>
    /// <para>ML.NET's ShuffleRows and Cache leave image columns out: use them after ExtractPixels. To hold out images for validation use
    /// <see cref="ImageFolderDataView.Split"/>: the views that TrainTestSplit returns cannot be shuffled by a trainer.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder has no class folders.</exception>
    /// <exception cref="InvalidDataException">A class folder has no images.</exception>
    /// <exception cref="InvalidDataException">A class folder is not among the classes of the options.</exception>
    /// <exception cref="InvalidDataException">A file is in two classes, by a link.</exception>
    /// <exception cref="InvalidDataException">All folders are named after parts of a set (train, val, test) and not after classes.</exception>
    public static ImageFolderDataView LoadImageFolder(
        this DataOperationsCatalog catalog, string folder, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new ImageFolderOptions();
        options.Check();
        var scan = ImageFolderScan.Of(folder, options.Classes);
        if (options.Classes is null && AreSplits(scan.Classes))
        {
            throw new InvalidDataException(
                $"The folders in '{folder}' are named after parts of a data set ({string.Join(", ", scan.Classes)}), not after classes. " +
                "Use LoadImageFolderSplits for training, validation and test images, or load one of them.");
        }
        var environment = DatasetInternals.EnvironmentOf(catalog);
        if (scan.Folder != Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
        {
            using var channel = environment.Start(nameof(LoadImageFolder));
            channel.Info(MessageSensitivity.Unknown, $"The class folders are in '{scan.Folder}', the only folder in '{folder}'.");
        }
        return View(catalog, scan, options);
    }

    /// <summary>A view of files.</summary>
    internal static ImageFolderDataView View(DataOperationsCatalog catalog, ImageFolderScan scan, ImageFolderOptions options)
    {
        var decoding = new ImageDecoding(options.DecodeSize, options.MaxPixels, options.ApplyOrientation);
        var environment = DatasetInternals.EnvironmentOf(catalog);
        return new ImageFolderDataView(options.OnBadImage == BadImageAction.Skip
            ? new ImageFolderRows(scan, decoding, options.MaxBadImageFraction, new SkipLog(environment), environment)
            : new ImageFolderRows(scan, decoding, maxBadFraction: null, log: null, environment));
    }

    /// <summary>
    /// Loads training, validation and test images from one folder: <c>root/train/class/image.jpg</c>, <c>root/val/class/image.jpg</c> and
    /// <c>root/test/class/image.jpg</c>. The classes and their keys are those of the training folder.
    /// </summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="root">The folder with the folders of the parts.</param>
    /// <param name="options">Options for all, or null for the defaults.</param>
    /// <returns>All views.</returns>
    /// <remarks>
    /// <para>The names of the folders are those of <see cref="ImageFolderLayout"/>; it steps into a folder that is the only one. A class may lack validation and test images, not training images.
    /// Everything else is as in <see cref="LoadImageFolder"/>.</para>
    /// <para>Where there are test images and no validation images, a fifth of the training images is held out for validation, as by <see cref="ImageFolderDataView.Split"/>: test images
    /// that chose the best epoch would not measure it. For another share load the training folder with <see cref="LoadImageFolder"/> and divide it.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DirectoryNotFoundException">The root does not exist, or lacks the training folder, or has neither validation nor test images.</exception>
    /// <exception cref="InvalidDataException">A folder of a part has one of the errors of <see cref="LoadImageFolder"/>.</exception>
    /// <exception cref="InvalidDataException">Two folders could be the same part.</exception>
    /// <exception cref="InvalidDataException">The validation or test folder has classes that the training folder lacks.</exception>
    public static ImageFolderSplit LoadImageFolderSplits(
        this DataOperationsCatalog catalog, string root, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        options ??= new ImageFolderOptions();
        var layout = ImageFolderLayout.Find(root);
        if (layout.TrainFolder is null)
            throw Lacking(root, "training", SplitNames.Train, "For a folder that has the class folders itself, use LoadImageFolder.");
        if (layout.ValidationFolder is null && layout.TestFolder is null)
            throw Lacking(root, "validation", SplitNames.Validation, "To hold some of the training images out, load the training folder with LoadImageFolder and use Split.");
        var train = catalog.LoadImageFolder(layout.TrainFolder, options);
        var test = Load(layout.TestFolder);
        if (Load(layout.ValidationFolder) is { } validation)
            return new ImageFolderSplit(train, validation) { Test = test, UnusedFiles = Unused(layout, train, validation, test) };
        var held = train.Split();
        return new ImageFolderSplit(held.Train, held.Validation) { Test = test, UnusedFiles = Unused(layout, train, test) };

        ImageFolderDataView? Load(string? folder) => folder is null ? null : catalog.LoadImageFolder(folder, options.With(train.Classes));
    }

    private static IReadOnlyList<UnusedFiles> Unused(ImageFolderLayout layout, params IEnumerable<ImageFolderDataView?> views)
    {
        var all = new UnusedFileTally();
        all.Add(layout.UnusedFiles);
        foreach (var view in views)
            all.Add(view?.UnusedFiles ?? []);
        return all.ToList();
    }

    // One folder of such a name may be a class.
    private static bool AreSplits(IReadOnlyList<string> names)
    {
        var kinds = names.Select(SplitNames.Of).ToList();
        return kinds.Count > 1 && (kinds.All(kind => kind is not null) || (kinds.Contains(SplitKind.Train) && kinds.Count(kind => kind is not null) > 1));
    }

    private static DirectoryNotFoundException Lacking(string root, string which, string names, string advice) =>
        new($"'{root}' has no {which} folder: one of {names} is expected, with a folder for each class in it and no images beside these. {advice}");
}
