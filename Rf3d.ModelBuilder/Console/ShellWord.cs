namespace Rf3d.ModelBuilder;

/// <summary>A path in a command that is printed to be copied: in quotes where a shell would take it for several words, or change it.</summary>
internal static class ShellWord
{
    private const string Plain = "/._-+:";

    // PowerShell and cmd.exe have uses of their own for these.
    private const string PlainOnUnix = "=,@";

    public static string Of(string path) => Of(path, OperatingSystem.IsWindows());

    /// <param name="path">The path.</param>
    /// <param name="isWindows">Whether the shell is one of Windows.</param>
    internal static string Of(string path, bool isWindows)
    {
        // Also in quotes, rf3d would take it for a file of arguments.
        if (path.StartsWith('@'))
            path = $"./{path}";
        var plain = isWindows ? Plain + '\\' : Plain + PlainOnUnix;
        if (path.Length > 0 && path.All(character => char.IsLetterOrDigit(character) || plain.Contains(character, StringComparison.Ordinal)))
            return path;
        // A backslash before the quote would escape it.
        return isWindows ? $"\"{path}{(path.EndsWith('\\') ? "\\" : "")}\"" : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
