using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>
/// The images of a folder, as a data view with the columns <c>Image</c>, <c>Label</c> and <c>ImagePath</c>. Made by <see cref="ImageFolderCatalog.LoadImageFolder"/> of class folders,
/// by <see cref="ImageTableCatalog.LoadImageTable"/> of a table and by <see cref="MnistCatalog.LoadMnist"/> of IDX files. Its members may be used from several threads.
/// </summary>
public sealed class ImageFolderDataView : IDataView
{
    private readonly ImageRowView _view;
    private readonly LabelledRows _rows;

    internal ImageFolderDataView(LabelledRows rows)
    {
        _rows = rows;
        _view = new ImageRowView(rows);
    }

    /// <summary>The names of the classes, in the order of the keys: the first is key 1.</summary>
    public IReadOnlyList<string> Classes => _rows.Classes;

    /// <summary>The full path of the folder with the class folders: the given folder, or its only subfolder if that has them.</summary>
    public string Folder => _rows.Folder;

    /// <summary>The rows with the state of each file; null where images have no files of their own.</summary>
    internal ImageFolderRows? FileRows => _rows as ImageFolderRows;

    /// <summary>Whether each image is a file of its own, which the column <c>ImagePath</c> names.</summary>
    internal bool HasFiles => _rows.HasFiles;

    /// <summary>The number of image files found, readable or not; for <see cref="MnistCatalog.LoadMnist"/> the number of images.</summary>
    public int FileCount => (int)_rows.Count;

    /// <summary>
    /// The files skipped so far, in the order of the rows, each once. Files are checked while the data is first read, so the list is complete after one full pass. Always
    /// empty with <see cref="BadImageAction.Fail"/>.
    /// </summary>
    public IReadOnlyList<SkippedImage> SkippedImages => _rows.Skipped();

    /// <summary>
    /// The files and folders that are not used, by reason and extension: files that are not images, hidden files, repeated links, and others. Those of the whole folder
    /// also for the parts of a <see cref="Split"/>. Always empty for <see cref="MnistCatalog.LoadMnist"/>.
    /// </summary>
    public IReadOnlyList<UnusedFiles> UnusedFiles => _rows.Unused;

    /// <summary>
    /// The number of images read so far that were turned upright by their EXIF orientation. It is complete after one full pass, and is then also written to
    /// <c>MLContext.Log</c>. Always 0 for <see cref="MnistCatalog.LoadMnist"/>.
    /// </summary>
    public int TurnedImageCount => _rows.TurnedCount;

    /// <summary>Whether images are turned upright.</summary>
    internal bool IsUpright => _rows.IsUpright;

    /// <summary>Most pixels of an image.</summary>
    internal long MaxPixels => _rows.MaxPixels;

    /// <summary>Whether images that cannot be read are left out.</summary>
    internal bool LeavesImagesOut => _rows.LeavesRowsOut;

    /// <summary>
    /// Divides the images into training and validation images, each class by the same fraction. Both views can be shuffled. Those of ML.NET's TrainTestSplit cannot, so
    /// that a trainer would get one class after the other.
    /// </summary>
    /// <param name="validationFraction">
    /// The fraction of the files of each class for validation, above 0 and below 1, rounded to whole files. A class of two or more files has at least one in each part.
    /// Default: 0.2.
    /// </param>
    /// <param name="seed">Seed of the choice. The same seed and folder give the same files. Default: 1.</param>
    /// <returns>Both views, with the classes and keys of this one. Skipped images are reported by the view that has them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is no class of two or more files to divide.</exception>
    public ImageFolderSplit Split(double validationFraction = 0.2, int seed = 1)
    {
        if (validationFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(validationFraction), validationFraction, "The fraction for validation is above 0 and below 1, such as 0.2.");
        var (train, validation) = StratifiedSplit.Of(_rows, validationFraction, seed);
        return new ImageFolderSplit(new ImageFolderDataView(_rows.Only(train)), new ImageFolderDataView(_rows.Only(validation)));
    }

    /// <summary>
    /// The full paths of the image files, in the order of the rows, readable or not. None for <see cref="MnistCatalog.LoadMnist"/>, whose images have no files of their own.
    /// </summary>
    public IEnumerable<string> Paths => _rows.Paths();

    /// <summary>The same images without some files, which stay where they are: those that <see cref="ImageExclusionTable"/> names, for instance.</summary>
    /// <param name="paths">Full paths, as in <see cref="Paths"/>; on Windows and macOS, upper and lower case make no difference. Files that the view does not have do not matter.</param>
    /// <returns>A view with the classes and keys of this one, also where a class has no images left.</returns>
    public ImageFolderDataView Without(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (!HasFiles)
            return this;
        var excluded = paths.Where(path => Path.IsPathFullyQualified(path)).Select(path => Path.GetFullPath(path)).ToHashSet(NativePaths.Comparer);
        return new(_rows.Only([.. Paths.Select((path, row) => (path, row)).Where(file => !excluded.Contains(Path.GetFullPath(file.path))).Select(file => file.row)]));
    }

    /// <summary>The images of some classes alone.</summary>
    /// <param name="names">Names of classes. Others than those of the view do not matter.</param>
    /// <returns>A view with the classes and keys of this one.</returns>
    public ImageFolderDataView OfClasses(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var kept = names.ToHashSet(StringComparer.Ordinal);
        var isKept = Classes.Select(kept.Contains).ToArray();
        return new(_rows.Only([.. Enumerable.Range(0, FileCount).Where(row => isKept[_rows.ClassOf(row)])]));
    }

    /// <inheritdoc/>
    public bool CanShuffle => _view.CanShuffle;

    /// <inheritdoc/>
    public DataViewSchema Schema => _view.Schema;

    /// <summary>The number of rows; null with <see cref="BadImageAction.Skip"/>, which leaves a number of them out.</summary>
    public long? GetRowCount() => _view.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        _view.GetRowCursor(columnsNeeded, rand);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        _view.GetRowCursorSet(columnsNeeded, n, rand);
}
