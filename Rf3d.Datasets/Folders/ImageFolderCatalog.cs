using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Loads images from folders in the layout that ImageNet is distributed in.</summary>
public static class ImageFolderCatalog
{
    private static readonly string[] TrainNames = ["train", "training"];
    private static readonly string[] ValidationNames = ["val", "valid", "validation"];
    private static readonly string[] TestNames = ["test"];

    /// <summary>Loads the images of a folder with one sub-folder for each class: <c>folder/class/image.jpg</c>.</summary>
    /// <remarks>
    /// <para>Columns: <c>Image</c> (<see cref="MLImage"/> of any size), <c>Label</c> (key with the class names as key values,
    /// in ordinal order) and <c>ImagePath</c> (text, the full path). The rows are sorted by class, then by path, both
    /// ordinally, and are shuffled by the random number generator given to a cursor. Only file names are held in
    /// memory; a file is decoded when its image is asked for.</para>
    /// <para>Images are files named .jpg, .jpeg, .png, .bmp, .gif (the first frame) or .webp, in the class folder or in folders
    /// below it; other files are left alone, and so are files and folders that are hidden or begin with a dot. Unlike with
    /// ML.NET's LoadImages, photographs are turned upright as their EXIF data says (<see cref="ImageFolderOptions.ApplyOrientation"/>).</para>
    /// <para>With <see cref="BadImageAction.Skip"/>, a row must be decoded once to know whether it is one, even by a cursor that
    /// does not ask for images; the answer is kept.</para>
    /// <para>ML.NET's ShuffleRows and Cache leave image columns out: use them after ExtractPixels. To hold images back for
    /// validation use <see cref="ImageFolderDataView.Split"/>: what TrainTestSplit returns cannot be shuffled by a trainer.</para>
    /// </remarks>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="folder">The folder with the class folders.</param>
    /// <param name="options">Options, or null for the defaults.</param>
    /// <returns>A streaming, shuffleable view. A getter disposes the image that it is handed back, as ML.NET's
    /// LoadImages does, and leaves the last one to the caller; so an image from CreateEnumerable lasts until the next row. An
    /// image that cannot be decoded throws <see cref="InvalidDataException"/> from its getter
    /// or is skipped, as the options say; more bad images than <see cref="ImageFolderOptions.MaxBadImageFraction"/> throw the
    /// same from a cursor's MoveNext.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder has no class folders, a class folder has no images, a class folder is not
    /// among the classes of the options, or all folders are named after parts of a set (train, val, test) and not after classes.</exception>
    public static ImageFolderDataView LoadImageFolder(
        this DataOperationsCatalog catalog, string folder, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new ImageFolderOptions();
        if (!Enum.IsDefined(options.OnBadImage))
            throw new ArgumentException("OnBadImage is BadImageAction.Fail or BadImageAction.Skip.", nameof(options));
        // Written so that it is false for NaN.
        if (options.MaxBadImageFraction is not (>= 0 and <= 1))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"MaxBadImageFraction is {options.MaxBadImageFraction}; it must be at least 0 and at most 1."),
                nameof(options));
        }

        if (options.DecodeSize is < 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"DecodeSize is {options.DecodeSize}; it must be at least 1, or null."), nameof(options));
        if (options.MaxPixels < 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"MaxPixels is {options.MaxPixels}; it must be at least 1."), nameof(options));

        var scan = ImageFolderScan.Of(folder, options.Classes);
        // One folder of such a name may be a class; a folder of nothing else holds the parts of a set.
        string[] parts = [.. TrainNames, .. ValidationNames, .. TestNames];
        if (options.Classes is null && scan.Classes.Count > 1 && scan.Classes.All(name => parts.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            throw new InvalidDataException(
                $"The folders in '{folder}' are named after parts of a data set ({string.Join(", ", scan.Classes)}), not after classes. " +
                "Use LoadImageFolderSplits for training and validation images, or load one of them.");
        }
        var decoding = new ImageDecoding(options.DecodeSize, options.MaxPixels, options.ApplyOrientation);
        var environment = DatasetInternals.EnvironmentOf(catalog);
        return new ImageFolderDataView(options.OnBadImage == BadImageAction.Skip
            ? new ImageFolderRows(scan, decoding, options.MaxBadImageFraction, new SkipLog(environment), environment)
            : new ImageFolderRows(scan, decoding, maxBadFraction: null, log: null, environment));
    }

    /// <summary>
    /// Loads training and validation images from one folder: <c>root/train/class/image.jpg</c> and
    /// <c>root/val/class/image.jpg</c>. The classes and their keys are those of the training folder.
    /// </summary>
    /// <remarks>
    /// The training folder is named <c>train</c> or <c>training</c>, the validation folder <c>val</c>, <c>valid</c> or
    /// <c>validation</c>; <c>test</c> is taken where there is none of these. Upper and lower case are the same. A class
    /// may lack validation images, not training images. Everything else is as in <see cref="LoadImageFolder"/>.
    /// </remarks>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="root">The folder with the training folder and the validation folder.</param>
    /// <param name="options">Options for both, or null for the defaults.</param>
    /// <returns>Both views.</returns>
    /// <exception cref="DirectoryNotFoundException">The root does not exist, or lacks one of the two folders.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="LoadImageFolder"/>; or two folders could be the
    /// training or the validation folder; or the validation folder has classes that the training folder lacks.</exception>
    public static ImageFolderSplit LoadImageFolderSplits(
        this DataOperationsCatalog catalog, string root, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        ImageFolderScan.MustExist(root);
        options ??= new ImageFolderOptions();
        var trainFolder = Choose(root, TrainNames) ?? throw Lacking(root, "training", TrainNames);
        var validationFolder = Choose(root, ValidationNames) ?? Choose(root, TestNames)
            ?? throw Lacking(root, "validation", [.. ValidationNames, .. TestNames]);

        var train = catalog.LoadImageFolder(trainFolder, options);
        return new ImageFolderSplit(train, catalog.LoadImageFolder(validationFolder, options.With(train.Classes)));
    }

    private static string? Choose(string root, string[] names)
    {
        var found = Directory.GetDirectories(root)
            .Where(folder => names.Contains(Path.GetFileName(folder), StringComparer.OrdinalIgnoreCase))
            .ToArray();
        return found.Length <= 1
            ? found.FirstOrDefault()
            : throw new InvalidDataException(
                $"'{root}' has more than one folder for the same images: {string.Join(", ", found.Select(Path.GetFileName).Order(StringComparer.Ordinal))}. " +
                "Keep one of them, or load each with LoadImageFolder.");
    }

    private static DirectoryNotFoundException Lacking(string root, string which, string[] names) =>
        new($"'{root}' has no {which} folder: one of {string.Join(", ", names)} is expected, with a folder for each class in it. " +
            "For a folder that has the class folders itself, use LoadImageFolder.");
}
