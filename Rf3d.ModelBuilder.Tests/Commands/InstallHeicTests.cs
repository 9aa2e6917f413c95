using System.IO.Compression;
using System.Security.Cryptography;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public sealed class InstallHeicTests : IDisposable
{
    private const string Variable = "RF3D_HEIC";

    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    public InstallHeicTests()
    {
        Environment.SetEnvironmentVariable(Variable, _folder["heic"]);
        Directory.CreateDirectory(_folder["packages"]);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        _folder.Dispose();
    }

    [TestMethod]
    public async Task Files_of_packages_are_installed_side_by_side_and_kept()
    {
        HeicPackage[] packages = [Package("One", "lib/one.dll", "runtimes/native.so"), Package("Two", "lib/two.dll")];
        await Installer(packages).RunAsync(CancellationToken.None);
        CollectionAssert.AreEquivalent(new[] { "one.dll", "native.so", "two.dll" }, Installed());
        Assert.AreEqual("lib/one.dll", File.ReadAllText(_folder["heic", "one.dll"]));
        // Installed as they are, they are not fetched again.
        File.Delete(_folder["packages", "two.1.0.nupkg"]);
        await Installer(packages).RunAsync(CancellationToken.None);
        Assert.HasCount(2, Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    public async Task A_package_that_is_another_one_or_lacks_a_file_leaves_nothing()
    {
        var good = Package("One", "lib/one.dll");
        var error = await Assert.ThrowsExactlyAsync<CommandException>(() => Installer(good, Package("Two", "two.dll") with { Sha256 = new string('0', 64) }).RunAsync(CancellationToken.None));
        Assert.Contains($"instead of {new string('0', 64)}", error.Message);
        error = await Assert.ThrowsExactlyAsync<CommandException>(() => Installer(good with { Files = ["lib/one.dll", "lib/absent.dll"] }).RunAsync(CancellationToken.None));
        Assert.Contains("has no file 'lib/absent.dll'", error.Message);
        await Assert.ThrowsAsync<OperationCanceledException>(() => Installer(good).RunAsync(new(canceled: true)));
        CollectionAssert.AreEqual(new[] { _folder["packages"] }, Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    public void The_command_names_the_missing_package_and_doctor_names_the_command()
    {
        Assert.Contains("There is no", Tool.Run("install-heic", "--source", _folder["packages"]).Must(1).Error);
        foreach (var package in HeicInstaller.PackagesOfThisMachine())
            File.WriteAllText(_folder["packages", package.FileName], "no package");
        Assert.Contains("has the SHA-256", Tool.Run("install-heic", "--source", _folder["packages"]).Must(1).Error);
        Assert.IsFalse(Directory.Exists(_folder["heic"]));
        Assert.Contains("--source is 'ftp://x'", Tool.Run("install-heic", "--source", "ftp://x").Must(2).Error);
        Assert.Contains("rf3d install-heic", Tool.Run("doctor", "--output", _folder.Path).Must(0).Output);
    }

    private HeicInstaller Installer(params HeicPackage[] packages) => new(packages, _folder["heic"]) { Source = HeicInstaller.SourceOf(_folder["packages"]) };

    private string?[] Installed() => [.. Directory.GetFiles(_folder["heic"]).Select(Path.GetFileName)];

    private HeicPackage Package(string id, params string[] files)
    {
        var package = new HeicPackage(id, "1.0", "", files);
        var path = _folder["packages", package.FileName];
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (var file in files)
            {
                using var writer = new StreamWriter(zip.CreateEntry(file).Open());
                writer.Write(file);
            }
        }
        return package with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) };
    }
}
