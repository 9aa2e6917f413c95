namespace Rf3d.Datasets;

/// <summary>The training and the validation images of one data set, with the same classes and keys.</summary>
public sealed class ImageFolderSplit
{
    internal ImageFolderSplit(ImageFolderDataView train, ImageFolderDataView validation)
    {
        Train = train;
        Validation = validation;
    }

    /// <summary>The training images.</summary>
    public ImageFolderDataView Train { get; }

    /// <summary>The validation images. A class that has none among them still has its key.</summary>
    public ImageFolderDataView Validation { get; }

    /// <summary>The names of the classes, in the order of the keys: the first is key 1.</summary>
    public IReadOnlyList<string> Classes => Train.Classes;
}
