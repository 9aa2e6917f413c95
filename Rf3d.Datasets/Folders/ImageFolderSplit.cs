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

    /// <summary>The validation images. A class that has none among them still has its key.</summary>
    public ImageFolderDataView Validation { get; }

    /// <summary>The test images, which neither training nor the choice of the best epoch may see; null where there are none.</summary>
    public ImageFolderDataView? Test { get; internal init; }

    /// <summary>What lies in the folder of all parts and is not used, with that of the parts.</summary>
    public IReadOnlyList<UnusedFiles> UnusedFiles { get; internal init; } = [];

    /// <summary>The names of the classes, in the order of the keys: the first is key 1.</summary>
    public IReadOnlyList<string> Classes => Train.Classes;
}
