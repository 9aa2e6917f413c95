using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Fuzz;

/// <summary>The memory of processes.</summary>
internal static class FuzzMemory
{
    private const string ClearPeak = "/proc/self/clear_refs";

    /// <summary>Memory that a process has now, in bytes; 0 where it has ended.</summary>
    public static long Of(Process process)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return Read($"/proc/{process.Id}/status", "VmRSS:");
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Lets the peak of this process begin again, where the system can.</summary>
    public static void ResetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText(ClearPeak, "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The peak is then that of all inputs so far.
        }
    }

    /// <summary>The largest memory that this process had, in bytes.</summary>
    public static long Peak()
    {
        if (OperatingSystem.IsLinux())
            return Read("/proc/self/status", "VmHWM:");
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static long Read(string path, string field)
    {
        var line = File.ReadLines(path).FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
