namespace Rf3d.Datasets;

/// <summary>Paths as the file system writes and compares them: on Windows and macOS, upper and lower case are the same.</summary>
internal static class NativePaths
{
    private static readonly bool IgnoresCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    /// <summary>Compares full paths.</summary>
    public static StringComparer Comparer { get; } = IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The same as an argument of methods of texts.</summary>
    public static StringComparison Comparison { get; } = IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>A path that has "/" between its parts, with the separator of the system.</summary>
    /// <param name="path">The path.</param>
    public static string Of(string path) => path.Replace('/', Path.DirectorySeparatorChar);
}
