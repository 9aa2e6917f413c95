using System.Diagnostics;

namespace Rf3d.MLNet.Tests;

/// <summary>Runs a process to its end. One that hangs is ended, and fails the test.</summary>
internal static class ChildProcess
{
    /// <param name="start">The program, its arguments and its environment.</param>
    /// <param name="onLine">Receives each line of standard output as it comes.</param>
    /// <param name="onStart">Receives the process when it has started.</param>
    /// <param name="input">Standard input, which is then at its end; null to use that of <paramref name="start"/>.</param>
    /// <param name="minutes">The time that it may take.</param>
    public static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start, Action<Process, string>? onLine = null, Action<Process>? onStart = null, string? input = null, int minutes = 8)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        start.RedirectStandardInput |= input is not null;
        using var process = Process.Start(start)!;
        onStart?.Invoke(process);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        // Before its output is read: that ends when the process does.
        using var registration = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        if (input is not null)
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        var error = process.StandardError.ReadToEndAsync();
        var output = new StringWriter();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.WriteLine(line);
            onLine?.Invoke(process, line);
        }
        process.WaitForExit();
        Assert.IsFalse(limit.IsCancellationRequested, $"{start.FileName} {string.Join(' ', start.ArgumentList)} was still running after {minutes} minutes: {output}");
        return (process.ExitCode, output.ToString(), error.Result);
    }
}
