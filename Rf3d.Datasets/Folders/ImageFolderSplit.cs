namespace Rf3d.Datasets;

/// <summary>The training, validation and test images of one data set, with the same classes and keys.</summary>
public sealed class ImageFolderSplit
{
    internal ImageFolderSplit(ImageFolderDataView train, ImageFolderDataView validation)
    {
        Train = train;
        Validation = validation;
    }

    /// <summary>The training images.</summary>
    public ImageFolderDataView Train { get; }

    /// <summary>The validation images. A class without validation images has its key.</summary>
    public ImageFolderDataView Validation { get; }

    /// <summary>The test images, which are not used for training or for choosing the best epoch; null if there are none.</summary>
    public ImageFolderDataView? Test { get; internal init; }

    /// <summary>The files and folders of all parts that are not used.</summary>
    public IReadOnlyList<UnusedFiles> UnusedFiles { get; internal init; } = [];

    /// <summary>The names of the classes, in the order of the keys: the first is key 1.</summary>
    public IReadOnlyList<string> Classes => Train.Classes;
}
