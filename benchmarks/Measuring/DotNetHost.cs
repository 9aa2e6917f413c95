namespace Rf3d.Benchmarks;

/// <summary>The .NET that runs this program, which need not be on the path.</summary>
internal static class DotNetHost
{
    public static string Path => Environment.ProcessPath is { } program && System.IO.Path.GetFileNameWithoutExtension(program) == "dotnet" ? program : "dotnet";
}
