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
        var work = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}.tmp").FullName;
        try
        {
            File.WriteAllText(Path.Combine(work, "libtorch.csproj"), Template.Read("libtorch.csproj.template").Fill(new()
            {
                ["Package"] = package,
                ["Version"] = TorchBackend.TorchSharpVersion,
                ["Runtime"] = NativeFiles.Platform(),
            }));
            File.WriteAllText(Path.Combine(work, "Program.cs"), "return;\n");
            foreach (var name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
                File.WriteAllText(Path.Combine(work, name), "<Project />\n");
            var published = Path.Combine(work, "native");
            Publish(work, published, output, cancellation);
            if (!File.Exists(Path.Combine(published, NativeFiles.FileName("torch_cpu"))))
                throw new CommandException($"{package} has no libtorch for {NativeFiles.Platform()}.");
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true);
            Directory.Move(published, target);
            return target;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
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
        var start = new ProcessStartInfo("dotnet", ["publish", project, "-c", "Release", "-o", published, "--nologo", "-v", "q"]) { RedirectStandardOutput = true };
        using var process = Start(start);
        using var stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var said = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(Patience))
            process.Kill(entireProcessTree: true);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode == 0)
            return;
        output.WriteLine(said.Trim());
        throw new CommandException("libtorch could not be fetched: see the messages above. NuGet's sources of this machine must have it ('dotnet nuget list source').");
    }
}
