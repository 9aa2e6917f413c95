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
        CollectionAssert.AreEquivalent(new[] { "one.dll", "native.so", "two.dll", InstallationList.FileName }, Installed());
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
    [DataRow("")]
    [DataRow("/")]
    public async Task Other_files_in_the_folder_stay(string end)
    {
        var photograph = _folder.New("heic", "photographs", "one.jpg");
        File.WriteAllText(photograph, "a photograph");
        await Installer(_folder["heic"] + end, Package("One", "lib/one.dll")).RunAsync(CancellationToken.None);
        Assert.AreEqual("a photograph", File.ReadAllText(photograph));
        CollectionAssert.AreEquivalent(new[] { "one.dll", InstallationList.FileName }, Installed());
        Assert.HasCount(3, Directory.GetFileSystemEntries(_folder["heic"]));
        Assert.HasCount(2, Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    public async Task A_file_of_another_origin_with_the_name_of_one_is_not_replaced()
    {
        var own = _folder.New("heic", HeicInstaller.Notices);
        File.WriteAllText(own, "my own");
        var error = await Assert.ThrowsExactlyAsync<CommandException>(() => Installer(Package("One", "lib/one.dll", HeicInstaller.Notices)).RunAsync(CancellationToken.None));
        Assert.Contains($"'{own}' is there already", error.Message);
        Assert.Contains(Variable, error.Message);
        Assert.AreEqual("my own", File.ReadAllText(own));
        CollectionAssert.AreEquivalent(new[] { HeicInstaller.Notices }, Installed());
    }

    [TestMethod]
    public async Task Packages_of_another_version_and_damaged_files_are_replaced()
    {
        await Installer(Package("One", "lib/one.dll", "lib/gone.dll")).RunAsync(CancellationToken.None);
        File.WriteAllText(_folder.New("heic", "other.txt"), "other");
        var later = Package("Two", "lib/one.dll", "lib/two.dll");
        await Installer(later).RunAsync(CancellationToken.None);
        CollectionAssert.AreEquivalent(new[] { "one.dll", "two.dll", "other.txt", InstallationList.FileName }, Installed());
        File.WriteAllText(_folder["heic", "one.dll"], "cut");
        await Installer(later).RunAsync(CancellationToken.None);
        Assert.AreEqual("lib/one.dll", File.ReadAllText(_folder["heic", "one.dll"]));
        Assert.HasCount(4, Directory.GetFileSystemEntries(_folder["heic"]));
    }

    [TestMethod]
    public async Task A_package_that_cannot_be_read_is_named_and_not_the_folder()
    {
        var package = Package("One", "lib/one.dll");
        using var held = new FileStream(_folder["packages", package.FileName], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var error = await Assert.ThrowsExactlyAsync<CommandException>(() => Installer(package).RunAsync(CancellationToken.None));
        Assert.Contains(_folder["packages", package.FileName], error.Message);
        Assert.DoesNotContain("cannot be written", error.Message);
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

    private HeicInstaller Installer(params HeicPackage[] packages) => Installer(_folder["heic"], packages);

    private HeicInstaller Installer(string folder, params HeicPackage[] packages) => new(packages, folder) { Source = HeicInstaller.SourceOf(_folder["packages"]) };

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
