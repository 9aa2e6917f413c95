using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The packages that users install: packed, put into a feed, installed from there, and used.</summary>
[TestClass]
[TestCategory("Slow")]
public class PackageTests
{
    private static TempFolder Folder => PackedPackages.Folder;

    private static string Version => PackedPackages.Version;

    private static Dictionary<string, string> Isolated => PackedPackages.Isolated;

    [TestMethod]
    [DataRow("Rf3d.Planning", 1)]
    [DataRow("Rf3d.MLNet", 2)]
    [DataRow("Rf3d.Datasets", 1)]
    [DataRow("Rf3d.ModelBuilder", 110)]
    [DataRow("Rf3d.Templates", 1)]
    public void A_package_has_readme_licence_and_symbols_and_is_of_a_size_to_download(string package, int megabytes)
    {
        var file = PackedPackages.File(package);
        Assert.IsLessThan(megabytes * 1_000_000L, new FileInfo(file).Length);
        using var zip = ZipFile.OpenRead(file);
        var names = zip.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("README.md", names);
        Assert.Contains("LICENSE", names);
        Assert.Contains("icon.png", names);
        Assert.Contains("THIRD-PARTY-NOTICES.md", names);
        using (var readme = new StreamReader(zip.GetEntry("README.md")!.Open()))
            Assert.DoesNotContain("](docs/", readme.ReadToEnd(), "Relative links do not work on the page of a package.");
        Assert.IsFalse(names.Any(name => name.Contains("torch_cpu", StringComparison.Ordinal)), "libtorch does not belong into a package.");
        using (var description = new StreamReader(zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open()))
            Assert.Contains("MIT", description.ReadToEnd());
        // Nothing in it is compiled.
        if (package == "Rf3d.Templates")
            return;
        using var symbols = ZipFile.OpenRead(Folder["feed", $"{package}.{Version}.snupkg"]);
        Assert.Contains(entry => entry.FullName.EndsWith(".pdb", StringComparison.Ordinal), symbols.Entries);
    }

    [TestMethod]
    [DataRow("Rf3d.Planning")]
    [DataRow("Rf3d.MLNet", "Microsoft.ML", "TorchSharp", "Rf3d.Planning", "Rf3d.Datasets")]
    [DataRow("Rf3d.Datasets", "Microsoft.ML", "SkiaSharp", "CsvHelper")]
    [DataRow("Rf3d.ModelBuilder", "Microsoft.ML", "TorchSharp", "System.CommandLine", "Rf3d.MLNet")]
    [DataRow("Rf3d.Templates")]
    public void A_package_lists_its_components_with_versions_and_hashes(string package, params string[] components)
    {
        using var zip = ZipFile.OpenRead(PackedPackages.File(package));
        using var bom = JsonDocument.Parse(zip.GetEntry("bom.cdx.json")!.Open());
        Assert.AreEqual("CycloneDX", bom.RootElement.GetProperty("bomFormat").GetString());
        var metadata = bom.RootElement.GetProperty("metadata");
        Assert.AreEqual((package, Version), (metadata.GetProperty("component").GetProperty("name").GetString(), metadata.GetProperty("component").GetProperty("version").GetString()));
        Assert.IsFalse(metadata.TryGetProperty("timestamp", out _), "The same sources give the same file.");
        var listed = bom.RootElement.TryGetProperty("components", out var list) ? list.EnumerateArray().ToList() : [];
        Assert.IsEmpty(components.Except(listed.Select(component => component.GetProperty("name").GetString()!)));
        Assert.IsEmpty(listed
            .Where(component => !component.GetProperty("name").GetString()!.StartsWith("Rf3d.", StringComparison.Ordinal) && !component.TryGetProperty("hashes", out _))
            .Select(component => component.GetProperty("name").GetString()));
    }

    [TestMethod]
    public void The_tool_trains_from_its_package_and_the_generated_code_trains_with_the_library_from_its_package()
    {
        PackedPackages.DotNet("tool", "install", "Rf3d.ModelBuilder", "--version", Version, "--tool-path", Folder["tools"], "--configfile", Folder["nuget.config"]);
        var tool = Folder["tools", OperatingSystem.IsWindows() ? "rf3d.exe" : "rf3d"];
        var torch = TorchRuntime.Check().LibtorchFolder!;
        Images.Dataset(Folder["data"], 8);
        // Images in one folder, which the generated code cannot measure on without their table.
        (string Name, SKColor Colour)[] measured = [("blue", SKColors.Blue), ("green", SKColors.Green), ("red", SKColors.Red)];
        foreach (var (name, colour) in measured)
            Images.Write(Folder["measured", $"{name}.png"], colour, seed: 99);
        File.WriteAllLines(Folder["measured.csv"], ["path,label", .. measured.Select(image => $"{image.Name}.png,{image.Name}")]);
        Tool.Start(
            tool, ["image-classification", "--dataset", Folder["data"], "--test-dataset", Folder["measured.csv"], "--output", Folder["apps"], "--name", "Packed", "--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu"],
            environment: new(Isolated) { ["RF3D_LIBTORCH"] = torch }).Must(0);
        Assert.Contains("24 images", Tool.Start(tool, ["evaluate", Folder["apps", "Packed", "Packed.zip"], "--dataset", Folder["data"]], environment: Isolated).Must(0).Output);

        // The tool asks for the version that it was built as, which is not the test's.
        var versions = Folder["apps", "Packed", "Directory.Packages.props"];
        File.WriteAllText(versions, File.ReadAllText(versions).Replace($"Version=\"{PackageVersions.Own}\"", $"Version=\"{Version}\"", StringComparison.Ordinal));
        File.Copy(Folder["nuget.config"], Folder["apps", "Packed", "nuget.config"]);
        var project = Folder["apps", "Packed", "Packed_Training"];
        // Libraries stay in NuGet's folders, where the host looks for them: a copy of libtorch for each system would be 1.2 GB.
        PackedPackages.DotNet("build", project, "-c", "Release", "--nologo", "-v", "q", "-warnaserror", "-p:CopyLocalLockFileAssemblies=false", "-p:GenerateRuntimeConfigDevFile=true");
        var result = Tool.Start(
            "dotnet", [Path.Combine(project, "bin", "Release", "net10.0", "Packed_Training.dll"), "train", Folder["data"], Folder["again.zip"]], environment: Isolated).Must(0);
        Assert.Contains("Confusion table", result.Output);
        if (OperatingSystem.IsLinux())
        {
            // The model is saved: Ctrl+C ends the program without an error of its own.
            var stopped = Tool.Start(
                "env", ["--default-signal=INT", "dotnet", Path.Combine(project, "bin", "Release", "net10.0", "Packed_Training.dll"), "train", Folder["data"], Folder["stopped.zip"]],
                environment: Isolated,
                onLine: (process, line) =>
                {
                    if (line.StartsWith("Saved ", StringComparison.Ordinal))
                        Tool.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
                });
            Assert.DoesNotContain("   at ", stopped.Error);
        }
        var refused = Tool.Start(
            "dotnet", [Path.Combine(project, "bin", "Release", "net10.0", "Packed_Training.dll"), "train", Folder["data"], Folder["none", "again.zip"]], environment: Isolated).Must(1);
        Assert.AreEqual("", refused.Output);
        // One line, and no trace of the stack.
        Assert.DoesNotContain("\n", refused.Error.TrimEnd());
        Tool.Run("evaluate", Folder["again.zip"], "--dataset", Folder["data"]).Must(0);
        // The same images held out, the same seed, the same figures: the same weights.
        var (first, second) = (WarmStartSource.Read(Folder["apps", "Packed", "Packed.zip"]).Weights, WarmStartSource.Read(Folder["again.zip"]).Weights);
        CollectionAssert.AreEqual(first.Names.ToList(), second.Names.ToList());
        foreach (var name in first.Names)
            CollectionAssert.AreEqual(first[name].Values, second[name].Values, name);
    }
}
