namespace Rf3d.Datasets;

/// <summary>Paths without links in them: two paths of one file are the same text, where upper and lower case are different. For one thread.</summary>
internal sealed class RealPaths
{
    // As many as systems follow.
    private const int MostLinks = 40;

    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    public string Of(string path) => Of(Full(path), 0);

    /// <summary>The same for what is itself no link: the system is asked once for each folder.</summary>
    /// <param name="path">The path of a file or folder.</param>
    public string OfPlain(string path)
    {
        var full = Full(path);
        return Path.GetDirectoryName(full) is { } parent ? Path.Combine(OfFolder(parent, 0), Path.GetFileName(full)) : full;
    }

    /// <summary>Whether one real path is another one or below it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, NativePaths.Comparison)
        && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);

    /// <summary>Where a link leads to, as it says; null for what is no link.</summary>
    /// <param name="path">A path.</param>
    public static string? TargetOf(string path)
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

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private string Of(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var real = OfFolder(parent, links);
        var here = Path.Combine(real, Path.GetFileName(path));
        return links < MostLinks && TargetOf(here) is { } target
            ? Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, real)), links + 1)
            : here;
    }

    private string OfFolder(string folder, int links)
    {
        if (!_folders.TryGetValue(folder, out var real))
            _folders[folder] = real = Of(folder, links);
        return real;
    }
}
