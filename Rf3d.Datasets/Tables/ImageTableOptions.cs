namespace Rf3d.Datasets;

/// <summary>Options for loading images that a table names.</summary>
public sealed class ImageTableOptions : ImageFolderOptions
{
    /// <summary>Column of the file paths.</summary>
    /// <value>Default: null, the first of these that the table has: path, image path, file path, file, file name, image, image name, image id, img, id.</value>
    /// <remarks>Case, spaces, "_" and "-" are ignored.</remarks>
    public string? PathColumn { get; set; }

    /// <summary>Column of the labels.</summary>
    /// <value>
    /// Default: null, the first of these that the table has: label, class, class name, category, target, labels, classes; in a table of two columns, the other one.
    /// </value>
    /// <remarks>Case, spaces, "_" and "-" are ignored.</remarks>
    public string? LabelColumn { get; set; }
}
