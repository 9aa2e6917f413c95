using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The memory of a process, in bytes; 0 if it has ended.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident memory now (VmRSS).</summary>
    public static long Resident(int process) => Read(process, "VmRSS:", other => other.WorkingSet64);

    /// <summary>The largest resident memory so far (VmHWM).</summary>
    public static long Peak(int process) => Read(process, "VmHWM:", other => other.PeakWorkingSet64);

    private static long Read(int process, string field, Func<Process, long> elsewhere)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var other = Process.GetProcessById(process);
                return elsewhere(other);
            }
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
