using System.IO.Compression;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>What users install: packed, put into a feed, installed from there, and used.</summary>
[TestClass]
[TestCategory("Slow")]
public class PackageTests
{
    private static readonly TempFolder Folder = new();

    // Never a version that a cache of this machine may hold from before.
    private static readonly string Version = $"0.1.0-test{DateTime.UtcNow.Ticks}";

    private static readonly Dictionary<string, string> Isolated = new()
    {
        ["NUGET_PACKAGES"] = Folder["packages"],
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    [ClassInitialize]
    public static void Pack(TestContext context)
    {
        foreach (var project in new[] { "Rf3d.Planning", "Rf3d.MLNet", "Rf3d.Datasets", "Rf3d.ModelBuilder" })
        {
            DotNet(
                "pack", RepositoryRoot.Combine(project), "-c", RepositoryRoot.Configuration, "--no-build", "--nologo", "-v", "q", "-o", Folder["feed"], $"-p:PackageVersion={Version}");
        }
        // The feed comes in addition to the machine's sources; packages that this machine has are taken from where they are.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Folder["nuget.config"], $"""
            <configuration>
              <packageSources><add key="rf3d" value="{Folder["feed"]}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    [DataRow("Rf3d.Planning", 1)]
    [DataRow("Rf3d.MLNet", 2)]
    [DataRow("Rf3d.Datasets", 1)]
    [DataRow("Rf3d.ModelBuilder", 110)]
    public void A_package_has_readme_licence_and_symbols_and_is_of_a_size_to_download(string package, int megabytes)
    {
        var file = Folder["feed", $"{package}.{Version}.nupkg"];
        Assert.IsLessThan(megabytes * 1_000_000L, new FileInfo(file).Length);
        using var zip = ZipFile.OpenRead(file);
        var names = zip.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("README.md", names);
        Assert.Contains("LICENSE", names);
        Assert.Contains("icon.png", names);
        Assert.Contains("THIRD-PARTY-NOTICES.md", names);
        using (var readme = new StreamReader(zip.GetEntry("README.md")!.Open()))
            Assert.DoesNotContain("](docs/", readme.ReadToEnd(), "A link of the repository's leads nowhere from a package's page.");
        Assert.IsFalse(names.Any(name => name.Contains("torch_cpu", StringComparison.Ordinal)), "libtorch does not belong into a package.");
        using (var description = new StreamReader(zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open()))
            Assert.Contains("MIT", description.ReadToEnd());
        using var symbols = ZipFile.OpenRead(Folder["feed", $"{package}.{Version}.snupkg"]);
        Assert.Contains(entry => entry.FullName.EndsWith(".pdb", StringComparison.Ordinal), symbols.Entries);
    }

    [TestMethod]
    public void The_tool_trains_from_its_package_and_what_it_generates_trains_with_the_library_from_its()
    {
        DotNet("tool", "install", "Rf3d.ModelBuilder", "--version", Version, "--tool-path", Folder["tools"], "--configfile", Folder["nuget.config"]);
        var tool = Folder["tools", OperatingSystem.IsWindows() ? "rf3d.exe" : "rf3d"];
        var torch = TorchRuntime.Check().LibtorchFolder!;
        Images.Dataset(Folder["data"], 8);
        Tool.Start(
            tool, ["image-classification", "--dataset", Folder["data"], "--output", Folder["apps"], "--name", "Packed", "--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu"],
            environment: new(Isolated) { ["RF3D_LIBTORCH"] = torch }).Must(0);
        Assert.Contains("24 images", Tool.Start(tool, ["evaluate", Folder["apps", "Packed", "Packed.zip"], "--dataset", Folder["data"]], environment: Isolated).Must(0).Output);

        // The tool asks for the version that it was built as, which is not the test's.
        var versions = Folder["apps", "Packed", "Directory.Packages.props"];
        File.WriteAllText(versions, File.ReadAllText(versions).Replace($"Version=\"{PackageVersions.Own}\"", $"Version=\"{Version}\"", StringComparison.Ordinal));
        File.Copy(Folder["nuget.config"], Folder["apps", "Packed", "nuget.config"]);
        var project = Folder["apps", "Packed", "Packed_Training"];
        // Libraries stay in NuGet's folders, where the host looks for them: a copy of libtorch for each system would be 1.2 GB.
        DotNet("build", project, "-c", "Release", "--nologo", "-v", "q", "-warnaserror", "-p:CopyLocalLockFileAssemblies=false", "-p:GenerateRuntimeConfigDevFile=true");
        var result = Tool.Start(
            "dotnet", [Path.Combine(project, "bin", "Release", "net10.0", "Packed_Training.dll"), "train", Folder["data"], Folder["again.zip"]], environment: Isolated).Must(0);
        Assert.Contains("Confusion table", result.Output);
        Tool.Run("evaluate", Folder["again.zip"], "--dataset", Folder["data"]).Must(0);
        // The same images held out, the same seed, the same figures: the same weights.
        var (first, second) = (WarmStartSource.Read(Folder["apps", "Packed", "Packed.zip"]).Weights, WarmStartSource.Read(Folder["again.zip"]).Weights);
        CollectionAssert.AreEqual(first.Names.ToList(), second.Names.ToList());
        foreach (var name in first.Names)
            CollectionAssert.AreEqual(first[name].Values, second[name].Values, name);
    }

    private static void DotNet(params string[] arguments)
    {
        var result = Tool.Start("dotnet", arguments, environment: Isolated);
        Assert.AreEqual(0, result.ExitCode, $"dotnet {string.Join(' ', arguments)}\n{result.Output}{result.Error}");
    }
}
