namespace Rf3d.Datasets;

/// <summary>What happens with an image file that cannot be decoded.</summary>
public enum BadImageAction
{
    /// <summary>Reading its image throws. The message has the file and the reason.</summary>
    Fail,

    /// <summary>
    /// Leave its row out of the data, and report it in <see cref="ImageFolderDataView.SkippedImages"/> and, the first ten, in
    /// <c>MLContext.Log</c>; throw if there are more of them than <see cref="ImageFolderOptions.MaxBadImageFraction"/>. A file that may be good still throws: the system
    /// cannot open or read it (missing rights, a failing drive or network, too many open files), or memory is short.
    /// </summary>
    Skip,
}
