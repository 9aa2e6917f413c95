using System.Runtime.InteropServices;

namespace Rf3d.Datasets;

/// <summary>Counts the files and folders that are not used. For one thread.</summary>
internal sealed class UnusedFileTally
{
    private const int LongestExtension = 10;

    private readonly Dictionary<(UnusedFileReason Reason, string Extension), (int Count, string Example)> _groups = [];

    /// <param name="reason">Why it is not used.</param>
    /// <param name="path">The full path of a file.</param>
    public void AddFile(UnusedFileReason reason, string path) => Add(reason, ExtensionOf(path), path);

    /// <param name="reason">Why it is not used.</param>
    /// <param name="path">The full path of a folder.</param>
    public void AddFolder(UnusedFileReason reason, string path) => Add(reason, "", path);

    public void Add(IEnumerable<UnusedFiles> others)
    {
        foreach (var other in others)
            Add(other.Reason, other.Extension, other.Example, other.Count);
    }

    /// <summary>By reason; the most frequent extension first.</summary>
    public IReadOnlyList<UnusedFiles> ToList() =>
    [
        .. _groups
            .OrderBy(group => group.Key.Reason).ThenByDescending(group => group.Value.Count).ThenBy(group => group.Key.Extension, StringComparer.Ordinal)
            .Select(group => new UnusedFiles { Reason = group.Key.Reason, Extension = group.Key.Extension, Count = group.Value.Count, Example = group.Value.Example }),
    ];

    private void Add(UnusedFileReason reason, string extension, string example, int count = 1)
    {
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (reason, extension), out var exists);
        group = exists ? (group.Count + count, group.Example) : (count, example);
    }

    // Files that are numbered after a dot would each be a group of their own.
    private static string ExtensionOf(string path)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        return extension.Length > LongestExtension || extension.AsSpan().TrimStart('.').IndexOfAnyExceptInRange('0', '9') < 0 ? "" : extension;
    }
}
