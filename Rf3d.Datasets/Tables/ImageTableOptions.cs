namespace Rf3d.Datasets;

/// <summary>Options for loading images that a table names.</summary>
public sealed class ImageTableOptions : ImageFolderOptions
{
    /// <summary>
    /// The column of the files. Default: null, for the first of these that the table has: path, image path, file path, file, file name, image, image name, image id, img, id; upper and lower case,
    /// spaces, "_" and "-" make no difference.
    /// </summary>
    public string? PathColumn { get; set; }

    /// <summary>
    /// The column of the labels. Default: null, for the first of these that the table has: label, class, class name, category, target, labels, classes; in a table of two columns, the other one.
    /// </summary>
    public string? LabelColumn { get; set; }
}
