namespace Rf3d.Datasets;

/// <summary>Paths without links in them: two paths of one file are the same text. For one thread.</summary>
internal sealed class RealPaths
{
    // As many as systems follow.
    private const int MostLinks = 40;

    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    public string Of(string path) => Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), 0);

    /// <summary>Whether one real path is another one or below it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal)
        && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);

    private string Of(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        if (!_folders.TryGetValue(parent, out var real))
            _folders[parent] = real = Of(parent, links);
        var here = Path.Combine(real, Path.GetFileName(path));
        return links < MostLinks && TargetOf(here) is { } target
            ? Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, real)), links + 1)
            : here;
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return Directory.Exists(path) ? new DirectoryInfo(path).LinkTarget : new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The code that opens the file reports the error.
            return null;
        }
    }
}
