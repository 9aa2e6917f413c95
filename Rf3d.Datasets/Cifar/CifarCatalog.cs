using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Loads CIFAR-10 and CIFAR-100 in their binary layout.</summary>
public static class CifarCatalog
{
    /// <summary>Loads CIFAR-10: 32×32 colour images of ten classes, from "airplane" to "truck".</summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="path">The folder with the .bin files, or the one with <c>cifar-10-batches-bin</c> or
    /// <c>cifar-10-binary.tar.gz</c> in it, or the .tar.gz itself.</param>
    /// <param name="split">The training images (the default) or the test images.</param>
    /// <returns>
    /// A streaming, shuffleable view. A getter disposes the image that is passed to it, as ML.NET's LoadImages does, and the caller disposes the last one. An image from
    /// CreateEnumerable is valid until the next row.
    /// </returns>
    /// <remarks>
    /// <para>Columns: <c>Image</c> (<see cref="MLImage"/>, 32×32, opaque) and <c>Label</c> (key of 10 values with the
    /// names of <c>batches.meta.txt</c> as key values). The rows come in the order of the files, are shuffled by the random
    /// number generator given to a cursor, and are read from the files as they are asked for.</para>
    /// <para>An archive is unpacked once, into a folder beside it named after it with ".unpacked" at the end, or into the
    /// user's local application data where that place cannot be written. It is unpacked again when its length or time of
    /// last change differs. That takes as much disk again as the images, 180 MB, and no memory.</para>
    /// <para>ML.NET's ShuffleRows and Cache leave image columns out: use them after ExtractPixels.</para>
    /// </remarks>
    /// <exception cref="FileNotFoundException">The path, or one of the files that CIFAR-10 consists of, does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is cut short or is not CIFAR-10. A label out of range is found while
    /// reading, and thrown by the getter.</exception>
    public static IDataView LoadCifar10(this DataOperationsCatalog catalog, string path, CifarSplit split = CifarSplit.Train) =>
        Load(catalog, path, CifarLayout.Cifar10, split, CifarLabelKind.Cifar10);

    /// <summary>Loads CIFAR-100: 32×32 colour images of 100 classes in 20 super-classes.</summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="path">The folder with the .bin files, or the one with <c>cifar-100-binary</c> or
    /// <c>cifar-100-binary.tar.gz</c> in it, or the .tar.gz itself.</param>
    /// <param name="split">The training images (the default) or the test images.</param>
    /// <param name="labels">The 100 fine labels (the default) or the 20 coarse ones.</param>
    /// <returns>
    /// A streaming, shuffleable view. A getter disposes the image that is passed to it, as ML.NET's LoadImages does, and the caller disposes the last one. An image from
    /// CreateEnumerable is valid until the next row.
    /// </returns>
    /// <remarks>
    /// Columns: <c>Image</c> (<see cref="MLImage"/>, 32×32, opaque) and <c>Label</c> (key of 100 or 20 values with the names of
    /// <c>fine_label_names.txt</c> or <c>coarse_label_names.txt</c> as key values). Everything else is as in
    /// <see cref="LoadCifar10"/>.
    /// </remarks>
    /// <exception cref="FileNotFoundException">The path, or one of the files that CIFAR-100 consists of, does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is cut short or is not CIFAR-100. A label out of range is found while
    /// reading, and thrown by the getter.</exception>
    public static IDataView LoadCifar100(
        this DataOperationsCatalog catalog, string path, CifarSplit split = CifarSplit.Train, CifarLabels labels = CifarLabels.Fine)
    {
        if (!Enum.IsDefined(labels))
            throw new ArgumentOutOfRangeException(nameof(labels), labels, "The labels are CifarLabels.Fine or CifarLabels.Coarse.");
        return Load(catalog, path, CifarLayout.Cifar100, split, labels == CifarLabels.Fine ? CifarLabelKind.Fine : CifarLabelKind.Coarse);
    }

    private static ImageRowView Load(
        DataOperationsCatalog catalog, string path, CifarLayout layout, CifarSplit split, CifarLabelKind labels)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!Enum.IsDefined(split))
            throw new ArgumentOutOfRangeException(nameof(split), split, "The split is CifarSplit.Train or CifarSplit.Test.");

        var folder = CifarFolder.Find(path, layout);
        var files = CifarFolder.Check(folder, layout, split);
        var classes = CifarFolder.ReadNames(folder, labels);
        var schema = ImageSchema.Create(new ImageDataViewType(CifarLayout.Side, CifarLayout.Side), classes, () => SourceText.Of(
            $"{layout.Name}, {SourceText.HashOf(files.Select(file => (Path.GetFileName(file.Path), file.Path)))}"));
        return new ImageRowView(new CifarRows(schema, files, layout, labels));
    }
}
