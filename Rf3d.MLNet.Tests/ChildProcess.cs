using System.Diagnostics;

namespace Rf3d.MLNet.Tests;

/// <summary>Runs a process to its end. One that hangs is ended, and fails the test.</summary>
internal static class ChildProcess
{
    private const int Minutes = 8;

    /// <param name="start">The program, its arguments and its environment.</param>
    /// <param name="onLine">Receives each line of standard output as it comes.</param>
    public static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start, Action<Process, string>? onLine = null)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(Minutes));
        // Before its output is read: that ends when the process does.
        using var registration = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        var error = process.StandardError.ReadToEndAsync();
        var output = new StringWriter();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.WriteLine(line);
            onLine?.Invoke(process, line);
        }
        process.WaitForExit();
        Assert.IsFalse(limit.IsCancellationRequested, $"{start.FileName} {string.Join(' ', start.ArgumentList)} was still running after {Minutes} minutes: {output}");
        return (process.ExitCode, output.ToString(), error.Result);
    }
}
