using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>Files of one kind in a data set that are not used.</summary>
public sealed record UnusedFiles
{
    /// <summary>Why they are not used.</summary>
    public required UnusedFileReason Reason { get; init; }

    /// <summary>Their extension with the dot, in lower case; empty for folders, for links to folders, and for files without one or with a number for one.</summary>
    public required string Extension { get; init; }

    /// <summary>The number of them.</summary>
    public required int Count { get; init; }

    /// <summary>The full path of one of them.</summary>
    public required string Example { get; init; }

    /// <summary>A description, for example <c>2 .txt files that are not images, such as 'notes.txt'</c>.</summary>
    public override string ToString()
    {
        var extension = Extension.Length == 0 ? "" : $"{Extension} ";
        var (isOne, such) = (Count == 1, Count == 1 ? ":" : ", such as");
        var what = Reason switch
        {
            UnusedFileReason.NotAnImage => isOne ? $"{extension}file that is not an image" : $"{extension}files that are not images",
            UnusedFileReason.HiddenFile => $"hidden {extension}{(isOne ? "file" : "files")}",
            UnusedFileReason.HiddenFolder => isOne ? "hidden folder" : "hidden folders",
            UnusedFileReason.OutsideClassFolders => $"{extension}{(isOne ? "file" : "files")} outside the class folders",
            UnusedFileReason.OutsideSplits => $"{(isOne ? "folder" : "folders")} beside those of training, validation and test images",
            UnusedFileReason.NotARegularFile => isOne ? $"{extension}file that is a pipe, a socket or a device" : $"{extension}files that are pipes, sockets or devices",
            UnusedFileReason.RepeatedLink => $"{(isOne ? "link" : "links")} to {extension}files that are in the data set already",
            UnusedFileReason.NotInTable => $"{extension}{(isOne ? "file" : "files")} that the table does not name",
            UnusedFileReason.RepeatedRow => isOne ? "row of the table that names a file again" : "rows of the table that name a file again",
            _ => throw new InvalidOperationException($"There is no text for {Reason}."),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Count} {what}{such} '{Example}'");
    }
}
