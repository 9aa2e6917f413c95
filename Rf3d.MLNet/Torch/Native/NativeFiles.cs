using System.Reflection;
using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Names and places of native libraries, which differ from system to system.</summary>
internal static class NativeFiles
{
    /// <summary>The file name of a library on this system.</summary>
    public static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>The runtime identifier under which NuGet packages keep native libraries.</summary>
    public static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var processor = RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "x64",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            var other => other.ToString(),
        };
        return $"{system}-{processor}";
    }

    /// <summary>The folders in which native libraries may lie, the likeliest first.</summary>
    /// <param name="assembly">The assembly that they belong to.</param>
    public static string[] DefaultFolders(Assembly assembly)
    {
        // The host lists the folders that the application's dependencies name; a plug-in's dependencies lie beside the assembly instead.
        var host = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var beside = Path.GetDirectoryName(assembly.Location) ?? "";
        var roots = new[] { AppContext.BaseDirectory, beside }.Where(root => root.Length > 0);
        return
        [
            .. host.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Concat(roots.SelectMany(root => new[] { Path.Combine(root, "runtimes", Platform(), "native"), root }))
                .Select(Path.TrimEndingDirectorySeparator)
                .Distinct(),
        ];
    }

    /// <summary>The content of a file; nothing where there is none, or where it cannot be read: the loader may read files that others may not.</summary>
    public static byte[] ReadOrNothing(string? path)
    {
        try
        {
            return path is null ? [] : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
