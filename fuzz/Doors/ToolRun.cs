using System.Diagnostics;
using System.Globalization;
using Rf3d.Benchmarks;

namespace Rf3d.Fuzz;

/// <summary>A process of the tool rf3d that ended, or was ended.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Fault">The fault of the process itself; null where it ended by itself, in time, as documented, and within its memory.</param>
/// <param name="Peak">The most memory that it was seen to have, in bytes.</param>
/// <param name="Seconds">Processor time that it was seen to have taken.</param>
internal sealed record ToolRun(string Output, string Error, string? Fault, long Peak, double Seconds)
{
    // A machine that does other things as well gives a process a part of its time.
    private const int ClockOfProcessor = 6;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <param name="limit">Processor time that it may take; by the clock six times as much.</param>
    /// <param name="arguments">Of the command line.</param>
    public static ToolRun Start(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(DotNetHost.Path, [Path.Combine(AppContext.BaseDirectory, "rf3d.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var (peak, taken) = (0L, TimeSpan.Zero);
        string? fault = null;
        while (!process.WaitForExit(Look))
        {
            peak = Math.Max(peak, ProcessMemory.Peak(process.Id));
            taken = ProcessorTime(process) ?? taken;
            fault ??= peak > FuzzLimits.Memory ? string.Create(CultureInfo.InvariantCulture, $"More than 1 GB of memory ({peak / 1e6:0} MB).")
                : clock.Elapsed > ClockOfProcessor * limit || taken > limit
                    ? string.Create(CultureInfo.InvariantCulture, $"No end within {limit.TotalSeconds} s of processor time or {ClockOfProcessor * limit.TotalSeconds} s.")
                : null;
            if (fault is not null)
                process.Kill(entireProcessTree: true);
        }
        process.WaitForExit();
        var text = error.Result;
        // 0: all were read; 1: some were not, and are named.
        if (fault is null && process.ExitCode is not (0 or 1))
            fault = string.Create(CultureInfo.InvariantCulture, $"The process ended with exit code {process.ExitCode}. {text.Trim()}");
        return new(output.Result, text, fault, peak, taken.TotalSeconds);
    }

    private static TimeSpan? ProcessorTime(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended.
            return null;
        }
    }
}
