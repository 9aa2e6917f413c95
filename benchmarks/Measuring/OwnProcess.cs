using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>A command of this program as a separate process.</summary>
internal static class OwnProcess
{
    /// <summary>How to start it, by the very .NET that runs this program, which need not be on the path.</summary>
    public static ProcessStartInfo Start(params string[] arguments)
    {
        var program = Environment.ProcessPath ?? "dotnet";
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        // An executable of its own knows what it runs.
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(OwnProcess).Assembly.Location] : [];
        foreach (var argument in (string[])[.. assembly, .. arguments])
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>The last line that it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string LastLine(params string[] arguments)
    {
        var start = Start(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return process.ExitCode == 0
            ? lines[^1]
            : throw new InvalidOperationException($"{arguments[0]} failed with exit code {process.ExitCode}: {error.Result}");
    }
}
