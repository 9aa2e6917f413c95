using System.Diagnostics;
using Rf3d.MLNet.Tests.Project;

namespace Rf3d.MLNet.Tests.Examples;

/// <summary>Starts an example, or the benchmarks, as a process of its own, as it was built with the tests.</summary>
internal static class ExampleProcess
{
    private static string Benchmarks => RepositoryRoot.Combine("benchmarks", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Benchmarks.dll");

    public static string Folder(string example) => RepositoryRoot.Combine("examples", example, "bin", RepositoryRoot.Configuration, "net10.0");

    public static (int ExitCode, string Output, string Error) Run(string example, params string[] arguments) =>
        Start(Path.Combine(Folder(example), $"{example}.dll"), arguments);

    public static (int ExitCode, string Output, string Error) RunBenchmark(params string[] arguments) => Start(Benchmarks, arguments);

    /// <param name="onLine">Receives each line of standard output as it comes.</param>
    /// <param name="arguments">Of the benchmarks.</param>
    public static (int ExitCode, string Output, string Error) RunBenchmark(Action<Process, string> onLine, params string[] arguments) => Start(Benchmarks, arguments, onLine);

    public static (int ExitCode, string Output, string Error) RunFuzz(params string[] arguments) =>
        Start(RepositoryRoot.Combine("fuzz", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Fuzz.dll"), arguments);

    private static (int ExitCode, string Output, string Error) Start(string assembly, string[] arguments, Action<Process, string>? onLine = null) =>
        ChildProcess.Run(new ProcessStartInfo("dotnet", [assembly, .. arguments]), onLine);
}
