namespace Rf3d.Datasets;

/// <summary>Options for loading images that a table names.</summary>
public sealed class ImageTableOptions : ImageFolderOptions
{
    /// <summary>Column of the file paths.</summary>
    /// <value>
    /// Default: null, the first of these that the table has: path, image path, img path, file path, file, file name, image, image name, image file, image id, img, img id, id; in a table of two
    /// columns, the one that is not that of the labels. Upper and lower case, spaces and signs make no difference.
    /// </value>
    /// <remarks>A name that is set must be that of the column exactly.</remarks>
    public string? PathColumn { get; set; }

    /// <summary>Column of the labels.</summary>
    /// <value>
    /// Default: null, the first of these that the table has: label, class, class name, class label, category, category name, target, label name, labels, classes; in a table of two columns, the one
    /// that is not that of the files. Upper and lower case, spaces and signs make no difference.
    /// </value>
    /// <remarks>A name that is set must be that of the column exactly.</remarks>
    public string? LabelColumn { get; set; }

    /// <summary>What to do about rows whose file is missing. <see cref="BadImageAction.Fail"/>: loading throws and names them. <see cref="BadImageAction.Skip"/>: they are rows of an image that cannot be read, of which <see cref="ImageFolderOptions.OnBadImage"/> decides, unless all files are missing.</summary>
    /// <value>Default: null, as <see cref="ImageFolderOptions.OnBadImage"/>.</value>
    public BadImageAction? OnMissingFile { get; set; }

    internal override void Check()
    {
        base.Check();
        if (OnMissingFile is { } action && !Enum.IsDefined(action))
            throw new ArgumentException("OnMissingFile is BadImageAction.Fail, BadImageAction.Skip or null.", "options");
    }
}
