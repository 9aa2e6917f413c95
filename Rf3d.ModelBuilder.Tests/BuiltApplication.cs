namespace Rf3d.ModelBuilder.Tests;

/// <summary>The generated application, built once, without a warning, for all tests that run it.</summary>
internal static class BuiltApplication
{
    private static readonly Lazy<TempFolder> Folder = new(Build);

    /// <summary>The generated folder, built.</summary>
    public static string Path => Folder.Value["Colours"];

    public static string Output(string project) => System.IO.Path.Combine(Path, $"Colours_{project}", "bin", "Release", "net10.0");

    public static string Program(string project) => System.IO.Path.Combine(Output(project), $"Colours_{project}.dll");

    public static void Delete()
    {
        if (Folder.IsValueCreated)
            Folder.Value.Dispose();
    }

    private static TempFolder Build()
    {
        var folder = new TempFolder();
        // A folder above has other ideas about how to build; they must not matter.
        File.WriteAllText(folder["Directory.Build.props"], "<Project><PropertyGroup><TargetFramework>net472</TargetFramework><LangVersion>5</LangVersion></PropertyGroup></Project>");
        File.WriteAllText(folder["Directory.Build.targets"], "<Project><Target Name=\"No\" BeforeTargets=\"Build\"><Error Text=\"parent\" /></Target></Project>");
        File.WriteAllText(folder["Directory.Packages.props"], "<Project><ItemGroup><PackageVersion Include=\"Microsoft.ML\" Version=\"0.1.0\" /></ItemGroup></Project>");
        foreach (var file in Directory.EnumerateFiles(GeneratedApplication.Path, "*", SearchOption.AllDirectories))
            File.Copy(file, folder.New("Colours", System.IO.Path.GetRelativePath(GeneratedApplication.Path, file)));
        Tool.Start("dotnet", ["build", folder["Colours", "Colours.slnx"], "-c", "Release", "--nologo", "-v", "q", "-warnaserror", "-nodeReuse:false"]).Must(0);
        return folder;
    }
}
