using System.Globalization;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Loads MNIST, Fashion-MNIST, EMNIST and other data sets in the IDX files of MNIST.</summary>
public static class MnistCatalog
{
    // MNIST's; EMNIST has up to 62.
    private const int FewestClasses = 10;
    private const int MostClasses = 256;
    private const long MostPixels = 100_000_000;

    /// <summary>Loads grey images and their labels from IDX files: <c>train-images-idx3-ubyte</c> and <c>train-labels-idx1-ubyte</c>, or <c>t10k-…</c> for the test images.</summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="folder">The folder with the files.</param>
    /// <param name="split">The training images (the default) or the test images.</param>
    /// <param name="classes">A name for each label, from 0. Default: null, for the numbers from 0 to 9, or to the highest label in the training and the test images.</param>
    /// <returns>A view as of <see cref="ImageFolderCatalog.LoadImageFolder"/>; its <see cref="ImageFolderDataView.FileCount"/> is the number of images.</returns>
    /// <remarks>
    /// <para>Columns: <c>Image</c> (<see cref="MLImage"/>, grey and opaque), <c>Label</c> (key) and <c>ImagePath</c> (text: the file and the number of the image). Names may have a dot before <c>idx</c>,
    /// as those of Kaggle, and something before them, as those of EMNIST. Files that end in .gz are unpacked in memory; others are read as images are asked for. EMNIST's images are transposed, and stay so. Other files in
    /// the folder are neither used nor counted in <see cref="ImageFolderDataView.UnusedFiles"/>.</para>
    /// </remarks>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder has no such files.</exception>
    /// <exception cref="InvalidDataException">A file is cut short, is too long or is of another kind.</exception>
    /// <exception cref="InvalidDataException">There are not as many labels as images.</exception>
    /// <exception cref="InvalidDataException">A label has no name in <paramref name="classes"/>.</exception>
    public static ImageFolderDataView LoadMnist(
        this DataOperationsCatalog catalog, string folder, MnistSplit split = MnistSplit.Train, IReadOnlyList<string>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (!Enum.IsDefined(split))
            throw new ArgumentOutOfRangeException(nameof(split), split, "The split is MnistSplit.Train or MnistSplit.Test.");
        ImageFolderScan.MustExist(folder);
        var root = Path.GetFullPath(folder);
        var files = MnistFolder.Find(root, split) ?? throw new FileNotFoundException(
            $"'{folder}' has no {(split is MnistSplit.Train ? "train" : "t10k")}-images-idx3-ubyte and {(split is MnistSplit.Train ? "train" : "t10k")}-labels-idx1-ubyte, packed (.gz) or not.");
        var images = IdxFile.Open(files.Images, 3);
        if ((long)images.Dimensions[1] * images.Dimensions[2] > MostPixels)
            throw new InvalidDataException($"'{files.Images}' has images of {images.Dimensions[1]}×{images.Dimensions[2]} pixels, too large to be those of MNIST.");
        var labels = Labels(files.Labels);
        if (labels.Length != images.Dimensions[0])
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{files.Images}' has {images.Dimensions[0]} images, and '{files.Labels}' has {labels.Length} labels."));
        return new ImageFolderDataView(new IdxRows(images, labels, Names(root, files.Labels, labels, split, classes), [.. Enumerable.Range(0, labels.Length)]));
    }

    private static byte[] Labels(string path)
    {
        var file = IdxFile.Open(path, 1);
        var labels = new byte[file.Dimensions[0]];
        using var handle = file.OpenHandle();
        file.Read(handle, 0, labels);
        return labels;
    }

    private static IReadOnlyList<string> Names(string folder, string path, byte[] labels, MnistSplit split, IReadOnlyList<string>? classes)
    {
        if (classes is null)
        {
            // The other part may have labels that this one lacks: both must count the same classes.
            var other = MnistFolder.Find(folder, split is MnistSplit.Train ? MnistSplit.Test : MnistSplit.Train);
            var highest = Math.Max(labels.Max(), other is null ? 0 : Labels(other.Labels).Max());
            return [.. Enumerable.Range(0, Math.Max(FewestClasses, highest + 1)).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        }
        if (classes.Count is 0 or > MostClasses || classes.Any(string.IsNullOrEmpty) || classes.Distinct(StringComparer.Ordinal).Count() != classes.Count)
            throw new ArgumentException("The classes need at least one name, no empty one, and none twice.", nameof(classes));
        return labels.Max() < classes.Count
            ? classes
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{path}' has the label {labels.Max()}, and there are names for 0 to {classes.Count - 1}."));
    }
}
