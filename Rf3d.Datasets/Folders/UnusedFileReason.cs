namespace Rf3d.Datasets;

/// <summary>Why a file, a folder or a row of a table is not used.</summary>
public enum UnusedFileReason
{
    /// <summary>The file is not an image, by its extension and its first bytes.</summary>
    NotAnImage,

    /// <summary>The file is hidden, or its name begins with a dot, as those that macOS adds.</summary>
    HiddenFile,

    /// <summary>The folder is hidden, its name begins with a dot, or it is <c>__MACOSX</c>. It counts as one.</summary>
    HiddenFolder,

    /// <summary>The file is beside the class folders, or above them.</summary>
    OutsideClassFolders,

    /// <summary>The folder is beside those of the parts, and has another name or no class folders. It counts as one.</summary>
    OutsideSplits,

    /// <summary>A pipe, a socket or a device. It is not opened. On other systems than Linux, one that is named like an image is an image that cannot be read.</summary>
    NotARegularFile,

    /// <summary>A link to a file or folder that the data set has already.</summary>
    RepeatedLink,

    /// <summary>The image is in a folder of the table, and the table does not name it.</summary>
    NotInTable,

    /// <summary>A row of a table names a file again, with the same label.</summary>
    RepeatedRow,
}
