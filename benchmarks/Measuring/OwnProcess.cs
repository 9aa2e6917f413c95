using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>A command of this program as a process of its own, for figures of memory.</summary>
internal static class OwnProcess
{
    /// <summary>The last line that it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string LastLine(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(OwnProcess).Assembly.Location, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return process.ExitCode == 0
            ? lines[^1]
            : throw new InvalidOperationException($"{arguments[0]} failed with exit code {process.ExitCode}: {error.Result}");
    }
}
