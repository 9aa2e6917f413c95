using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Microsoft.ML;

/// <summary>Loads images whose labels are in a table.</summary>
public static class ImageTableCatalog
{
    /// <summary>Loads the images that a table names, each with its label: a .csv or .tsv file with a line of headings, or a .jsonl file with an object in each line.</summary>
    /// <param name="catalog">The <c>Data</c> property of the ML context.</param>
    /// <param name="tableFile">The table.</param>
    /// <param name="imageFolder">The folder that the paths in the table are relative to. Default: null, for the folder of the table, or a folder in it that is named <c>images</c>, <c>train</c> or as the
    /// table, whichever has the first files.</param>
    /// <param name="options">Options, or null for the defaults.</param>
    /// <returns>A view as of <see cref="ImageFolderCatalog.LoadImageFolder"/>.</returns>
    /// <remarks>
    /// <para>Columns of the view: <c>Image</c> (<see cref="MLImage"/> of any size), <c>Label</c> (key with the classes as key values, in ordinal order) and
    /// <c>ImagePath</c> (text, the full path), sorted by class, then by path, as those of <see cref="ImageFolderCatalog.LoadImageFolder"/>.</para>
    /// <para>The table is text in UTF-8, or in UTF-16 with a byte order mark. Values are separated by commas, semicolons, tabs or vertical bars, as the first lines show, and in .tsv and .tab
    /// files by tabs. A value that contains the separator must be in quotes. Files without an extension are looked for with those of images. A table is a file of your own: its paths may be absolute and may lead out of the folder. Check tables from
    /// others before loading them.</para>
    /// <para>Rows that name a file a second time with the same label, also by a link to it, are left out and counted in <see cref="ImageFolderDataView.UnusedFiles"/>, and so are images in the
    /// same folders that the table does not name.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">There is no such table.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The table cannot be read, or lacks a column.</exception>
    /// <exception cref="InvalidDataException">A row has too few fields, or more than there are headings. The message names the file and the line.</exception>
    /// <exception cref="InvalidDataException">A row has no label, or a label that is not among the classes of the options. The message names the file and the line.</exception>
    /// <exception cref="InvalidDataException">Two rows have different labels for one file.</exception>
    /// <exception cref="InvalidDataException">The file of a row is missing, and <see cref="ImageTableOptions.OnMissingFile"/> is not <see cref="BadImageAction.Skip"/>.</exception>
    public static ImageFolderDataView LoadImageTable(
        this DataOperationsCatalog catalog, string tableFile, string? imageFolder = null, ImageTableOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(tableFile);
        options ??= new ImageTableOptions();
        options.Check();
        return ImageFolderCatalog.View(catalog, ImageTable.Scan(tableFile, imageFolder, options), options);
    }
}
