namespace Rf3d.Datasets;

/// <summary>Options for loading images from folders.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>
    /// What to do about files that cannot be decoded: empty, cut short, damaged, or of another format than their name says.
    /// Default: <see cref="BadImageAction.Fail"/>.
    /// </summary>
    public BadImageAction OnBadImage { get; set; } = BadImageAction.Fail;

    /// <summary>
    /// The classes and their order, for a folder that must agree with another one, such as
    /// <see cref="ImageFolderDataView.Classes"/> of the training data. A class without a folder then has no images; a
    /// folder that is not among them is an error. Default: null, for the names of the class folders in ordinal order.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; set; }
}
