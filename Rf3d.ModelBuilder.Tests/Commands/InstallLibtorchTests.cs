using System.Runtime.InteropServices;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public sealed class InstallLibtorchTests : IDisposable
{
    private const string Variable = "XDG_DATA_HOME";
    private const string Library = "libtorch_cpu.so";

    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    public InstallLibtorchTests() => Environment.SetEnvironmentVariable(Variable, _folder["data"]);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        _folder.Dispose();
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("cpu")]
    [DataRow("cuda")]
    public void What_is_installed_is_kept_and_nothing_is_fetched(string backend)
    {
        var target = TorchBackend.InstallFolder(backend);
        Assert.StartsWith(_folder["data"], target);
        Directory.CreateDirectory(target);
        File.WriteAllText(Path.Combine(target, Library), "installed");
        var result = Install(backend, "exit 1").Must(0);
        Assert.AreEqual($"libtorch is in {target}.", result.Output.Trim());
        Assert.AreEqual("installed", File.ReadAllText(Path.Combine(target, Library)));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("cpu", "TorchSharp-cpu")]
    [DataRow("cuda", "TorchSharp-cuda-linux")]
    public void What_the_build_publishes_takes_the_place_of_a_folder_without_libtorch(string backend, string package)
    {
        var target = TorchBackend.InstallFolder(backend);
        Directory.CreateDirectory(target);
        File.WriteAllText(Path.Combine(target, "left.so"), "of an installation that was cut off");
        var result = Install(backend, $"mkdir -p \"$6\"; echo new > \"$6/{Library}\"; cp \"$2/libtorch.csproj\" \"$6\"").Must(0);
        Assert.Contains($"Fetching {package} {TorchBackend.TorchSharpVersion}...", result.Output);
        Assert.Contains($"libtorch is in {target}.", result.Output);
        CollectionAssert.AreEquivalent(new[] { Library, "libtorch.csproj" }, Directory.GetFiles(target).Select(Path.GetFileName).ToArray());
        Assert.Contains($"<PackageReference Include=\"{package}\" Version=\"{TorchBackend.TorchSharpVersion}\" />", File.ReadAllText(Path.Combine(target, "libtorch.csproj")));
        Assert.HasCount(1, Directory.GetFileSystemEntries(_folder["data", "rf3d"]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("echo 'error NU1101: Unable to find package.'; exit 1", "NuGet's sources of this machine must have it")]
    [DataRow("mkdir -p \"$6\"; echo new > \"$6/other.so\"", "TorchSharp-cpu has no libtorch for linux-")]
    public void A_build_that_fails_or_publishes_no_libtorch_leaves_nothing(string script, string message)
    {
        var result = Install("cpu", script).Must(1);
        Assert.Contains(message, result.Error);
        Assert.AreEqual(script.Contains("NU1101", StringComparison.Ordinal), result.Output.Contains("error NU1101: Unable to find package.", StringComparison.Ordinal));
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder["data", "rf3d"]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Without_the_SDK_the_message_says_that_it_is_needed()
    {
        Assert.Contains("The .NET SDK is needed: 'dotnet' does not start.", Install("cpu", script: null).Must(1).Error);
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder["data", "rf3d"]));
    }

    [TestMethod]
    public void The_project_is_published_in_its_own_folder_and_by_no_settings_of_folders_above()
    {
        LibtorchInstaller.WriteProject(_folder.Path, "TorchSharp-cpu");
        CollectionAssert.AreEquivalent(
            new[] { "libtorch.csproj", "Program.cs", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json" },
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).ToArray());
        // A global.json of the folder in which the user works has no effect.
        var command = LibtorchInstaller.Command(_folder.Path, _folder["native"]);
        Assert.AreEqual(_folder.Path, command.WorkingDirectory);
        Assert.Contains(_folder["native"], command.ArgumentList);
    }

    /// <summary>Runs the command where nothing is on the PATH but a script in the place of the SDK.</summary>
    /// <param name="backend">The value of <c>--backend</c>.</param>
    /// <param name="script">What 'dotnet publish' does: $2 is the project, $6 the folder that it publishes to. Null for no SDK.</param>
    private Tool.Result Install(string backend, string? script)
    {
        var dotnet = _folder.New("path", "dotnet");
        if (script is not null)
        {
            File.WriteAllText(dotnet, $"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n");
            Tool.Start("chmod", ["+x", dotnet]).Must(0);
        }
        // The program of the tool by itself: 'dotnet rf3d.dll' finds the SDK beside the 'dotnet' that runs it.
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Tool.Start(
            Path.ChangeExtension(Tool.Assembly, null), ["install-libtorch", "--backend", backend], environment: new() { ["PATH"] = _folder["path"], ["DOTNET_ROOT"] = root });
    }
}
