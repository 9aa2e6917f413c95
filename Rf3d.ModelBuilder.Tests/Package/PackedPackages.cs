namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The packages, packed once for all tests that install them, in a folder that is a source of packages.</summary>
internal static class PackedPackages
{
    private static readonly Lazy<TempFolder> Packed = new(Pack);

    /// <summary>Never a version that a cache of this machine may hold from before.</summary>
    public static string Version { get; } = $"0.1.0-test{DateTime.UtcNow.Ticks}";

    /// <summary>A folder whose nuget.config, which is in force in all folders below, adds the packages to the sources of this machine.</summary>
    public static TempFolder Folder => Packed.Value;

    /// <summary>The environment of a program that installs packages: nothing comes from earlier installations on this machine.</summary>
    public static Dictionary<string, string> Isolated => new()
    {
        ["NUGET_PACKAGES"] = Folder["packages"],
        ["DOTNET_CLI_HOME"] = Folder["home"],
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    public static string File(string package) => Folder["feed", $"{package}.{Version}.nupkg"];

    /// <summary>Runs dotnet, and fails with its output where it fails.</summary>
    /// <returns>Standard output.</returns>
    public static string DotNet(params string[] arguments) => DotNet(Isolated, arguments);

    public static void Delete()
    {
        if (Packed.IsValueCreated)
            Packed.Value.Dispose();
    }

    private static string DotNet(Dictionary<string, string> environment, string[] arguments)
    {
        var result = Tool.Start("dotnet", arguments, environment: environment);
        Assert.AreEqual(0, result.ExitCode, $"dotnet {string.Join(' ', arguments)}\n{result.Output}{result.Error}");
        return result.Output;
    }

    private static TempFolder Pack()
    {
        var folder = new TempFolder();
        foreach (var project in new[] { "Rf3d.Planning", "Rf3d.MLNet", "Rf3d.Datasets", "Rf3d.ModelBuilder", "Rf3d.Templates" })
        {
            DotNet(
                new() { ["MSBUILDDISABLENODEREUSE"] = "1" },
                ["pack", RepositoryRoot.Combine(project), "-c", RepositoryRoot.Configuration, "--no-build", "--nologo", "-v", "q", "-o", folder["feed"], $"-p:PackageVersion={Version}"]);
        }
        // The feed comes in addition to the machine's sources; packages that this machine has are taken from where they are.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        System.IO.File.WriteAllText(folder["nuget.config"], $"""
            <configuration>
              <packageSources><add key="rf3d" value="{folder["feed"]}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);
        return folder;
    }
}
