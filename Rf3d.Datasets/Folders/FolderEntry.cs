using System.IO.Enumeration;

namespace Rf3d.Datasets;

/// <summary>A file or a folder in a folder.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFolder">Whether it is a folder, or a link to one.</param>
/// <param name="IsHidden">Whether it is left alone: hidden, or something that systems add.</param>
/// <param name="IsLink">Whether it is a symbolic link or a junction, and leads to another place.</param>
/// <param name="IsEmpty">Whether it has no bytes by its entry in the folder, as everything that is not a regular file.</param>
internal readonly record struct FolderEntry(string Name, bool IsFolder, bool IsHidden, bool IsLink, bool IsEmpty)
{
    private static readonly EnumerationOptions Everything = new() { IgnoreInaccessible = false, AttributesToSkip = 0 };

    /// <summary>The entries of a folder, in the order of the system.</summary>
    /// <param name="folder">The folder.</param>
    public static IEnumerable<FolderEntry> In(string folder) => new FileSystemEnumerable<FolderEntry>(folder, Of, Everything);

    /// <summary>The folders in a folder that may hold images, by name in ordinal order.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isRepeated">Whether a link leads to a folder that is in the data set anyway.</param>
    public static IReadOnlyList<string> VisibleFolders(string folder, Func<string, bool> isRepeated) =>
    [
        .. In(folder)
            .Where(entry => entry.IsFolder && !entry.IsHidden && !(entry.IsLink && isRepeated(Path.Combine(folder, entry.Name))))
            .Select(entry => entry.Name).Order(StringComparer.Ordinal),
    ];

    // Windows does not hide names that begin with a dot: the "._" files of macOS are named like images and are none.
    private static FolderEntry Of(ref FileSystemEntry entry)
    {
        var attributes = entry.Attributes;
        var isHidden = (attributes & (FileAttributes.Hidden | FileAttributes.System)) != 0 || entry.FileName.StartsWith('.') || entry.FileName.SequenceEqual("__MACOSX");
        // Windows marks the files and folders that OneDrive and the like synchronise, too. These lead nowhere else.
        var isLink = (attributes & FileAttributes.ReparsePoint) != 0 && RealPaths.TargetOf(entry.ToFullPath()) is not null;
        return new(entry.FileName.ToString(), entry.IsDirectory, isHidden, isLink, entry.Length == 0);
    }
}
