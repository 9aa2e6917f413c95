using System.Diagnostics;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>Runs the tool: within the tests' process, or as a process of its own where that matters.</summary>
internal static class Tool
{
    public static string Assembly { get; } = RepositoryRoot.Combine("Rf3d.ModelBuilder", "bin", RepositoryRoot.Configuration, "net10.0", "rf3d.dll");

    public static Result Run(params string[] arguments) => Run(CancellationToken.None, arguments);

    public static Result Run(CancellationToken cancellation, params string[] arguments) => Run(TimeProvider.System, arguments, cancellation);

    /// <summary>Runs it with a clock for the time that a training is given.</summary>
    public static Result Run(TimeProvider clock, params string[] arguments) => Run(clock, arguments, CancellationToken.None);

    private static Result Run(TimeProvider clock, string[] arguments, CancellationToken cancellation)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = RfCommand.Run(arguments, CommandConsole.Create(output, error, isTerminal: false, noColor: false) with { Clock = clock }, cancellation);
        return new(exitCode, output.ToString(), error.ToString());
    }

    public static Result Start(string program, string[] arguments, string? input = null, Dictionary<string, string>? environment = null, Action<Process, string>? onLine = null, Action<Process>? onStart = null, int minutes = 3)
    {
        var (exitCode, output, error) = ChildProcess.Run(StartInfo(program, arguments, environment), onLine, onStart, input ?? "", minutes);
        return new(exitCode, output, error);
    }

    /// <summary>Sends the signal by which services and containers are stopped, and does not wait.</summary>
    public static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return start;
    }

    /// <param name="ExitCode">The exit code of the tool.</param>
    /// <param name="Output">Its standard output.</param>
    /// <param name="Error">Its standard error.</param>
    internal sealed record Result(int ExitCode, string Output, string Error)
    {
        public Result Must(int exitCode)
        {
            Assert.AreEqual(exitCode, ExitCode, Output + Error);
            return this;
        }
    }
}
