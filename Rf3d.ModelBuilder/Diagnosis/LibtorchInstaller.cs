using System.ComponentModel;
using System.Diagnostics;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Fetches libtorch by publishing an empty project that references it: NuGet knows the user's sources and credentials, and CUDA's packages come in pieces that
/// only a build puts together.
/// </summary>
internal static class LibtorchInstaller
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    /// <returns>The folder that has the native libraries.</returns>
    /// <exception cref="CommandException">It cannot be fetched.</exception>
    public static string Run(string backend, TextWriter output, CancellationToken cancellation)
    {
        var target = TorchBackend.InstallFolder(backend);
        if (File.Exists(Path.Combine(target, NativeFiles.FileName("torch_cpu"))))
            return target;
        var package = backend == "cpu" ? "TorchSharp-cpu" : OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
        output.WriteLine($"Fetching {package} {TorchBackend.TorchSharpVersion}...");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var taken = OutputLock.Take(target, "wait for that one");
        using var folder = new WorkFolder(target);
        var work = folder.Path;
        WriteProject(work, package);
        var published = Path.Combine(work, "native");
        Publish(work, published, output, cancellation);
        if (!File.Exists(Path.Combine(published, NativeFiles.FileName("torch_cpu"))))
            throw new CommandException($"{package} has no libtorch for {NativeFiles.Platform()}.");
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Directory.Move(published, target);
        return target;
    }

    /// <summary>Writes the project, with files that end the search for others of their names in the folders above.</summary>
    internal static void WriteProject(string folder, string package)
    {
        File.WriteAllText(Path.Combine(folder, "libtorch.csproj"), Template.Read("libtorch.csproj.template").Fill(new()
        {
            ["Package"] = package,
            ["Version"] = TorchBackend.TorchSharpVersion,
            ["Runtime"] = NativeFiles.Platform(),
        }));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), "return;\n");
        foreach (var name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            File.WriteAllText(Path.Combine(folder, name), "<Project />\n");
        File.WriteAllText(Path.Combine(folder, "global.json"), "{}\n");
    }

    /// <summary>The command that publishes the project. It runs in the folder of the project: the SDK is chosen by the global.json of the current folder, which may ask for one that cannot build this project.</summary>
    internal static ProcessStartInfo Command(string project, string published)
    {
        // No server of the build is to be left: it would keep the output open, and files of the folder.
        string[] arguments = ["publish", project, "-c", "Release", "-o", published, "--nologo", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false"];
        return new("dotnet", arguments) { RedirectStandardOutput = true, WorkingDirectory = project };
    }

    private static Process Start(ProcessStartInfo start)
    {
        Exception? reason = null;
        try
        {
            if (Process.Start(start) is { } process)
                return process;
        }
        catch (Win32Exception error)
        {
            reason = error;
        }
        throw new CommandException("The .NET SDK is needed: 'dotnet' does not start. Install it, or add its folder to PATH.", inner: reason);
    }

    private static void Publish(string project, string published, TextWriter output, CancellationToken cancellation)
    {
        using var process = Start(Command(project, published));
        var (exitCode, said) = LimitedProcess.Wait(process, Patience, cancellation);
        if (exitCode == 0)
            return;
        output.WriteLine(said.Trim());
        throw new CommandException(exitCode is null
            ? Numbers.Text($"libtorch could not be fetched within {Patience.TotalHours:0} hours: 'dotnet publish' did not end. Check the connection to NuGet's sources ('dotnet nuget list source'), then try again.")
            : "libtorch could not be fetched: see the messages above. NuGet's sources of this machine must have it ('dotnet nuget list source').");
    }
}
