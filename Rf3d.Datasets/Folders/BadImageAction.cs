namespace Rf3d.Datasets;

/// <summary>What to do about a file that has the name of an image but cannot be decoded.</summary>
public enum BadImageAction
{
    /// <summary>Throw when its image is read, naming the file and what is wrong with it.</summary>
    Fail,

    /// <summary>
    /// Leave its row out of the data, and report it in <see cref="ImageFolderDataView.SkippedImages"/> and, the first ten, in
    /// <c>MLContext.Log</c>; throw if there are more of them than <see cref="ImageFolderOptions.MaxBadImageFraction"/>.
    /// </summary>
    Skip,
}
