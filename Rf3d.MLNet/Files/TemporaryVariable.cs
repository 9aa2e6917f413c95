namespace Rf3d.MLNet;

/// <summary>The environment variable by which .NET finds the folder of temporary files, ML.NET's among them.</summary>
internal static class TemporaryVariable
{
    // Windows takes TMP before TEMP, and sets both.
    public static string Name { get; } = OperatingSystem.IsWindows() ? "TMP" : "TMPDIR";
}
