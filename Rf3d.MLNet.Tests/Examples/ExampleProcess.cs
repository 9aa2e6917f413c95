using System.Diagnostics;
using Rf3d.MLNet.Tests.Project;

namespace Rf3d.MLNet.Tests.Examples;

/// <summary>Starts an example, or the benchmarks, as a process of its own, as it was built with the tests.</summary>
internal static class ExampleProcess
{
    public static string Folder(string example) => RepositoryRoot.Combine("examples", example, "bin", RepositoryRoot.Configuration, "net10.0");

    public static (int ExitCode, string Output, string Error) Run(string example, params string[] arguments) =>
        Start(Path.Combine(Folder(example), $"{example}.dll"), arguments);

    public static (int ExitCode, string Output, string Error) RunBenchmark(params string[] arguments) =>
        Start(RepositoryRoot.Combine("benchmarks", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Benchmarks.dll"), arguments);

    public static (int ExitCode, string Output, string Error) RunFuzz(params string[] arguments) =>
        Start(RepositoryRoot.Combine("fuzz", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Fuzz.dll"), arguments);

    private static (int ExitCode, string Output, string Error) Start(string assembly, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(2)), $"{assembly} hangs.");
        return (process.ExitCode, output, error.Result);
    }
}
