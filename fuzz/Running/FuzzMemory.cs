using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Fuzz;

/// <summary>The memory of processes.</summary>
internal static class FuzzMemory
{
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

    /// <summary>Lets the peak of a process begin again, where the system can.</summary>
    public static void ResetPeak(int process)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText($"/proc/{process}/clear_refs", "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The peak is then that of all inputs so far.
        }
    }

    /// <summary>The largest memory that a process had, in bytes; 0 where it has ended.</summary>
    public static long Peak(int process)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return Read($"/proc/{process}/status", "VmHWM:");
            using var other = Process.GetProcessById(process);
            return other.PeakWorkingSet64;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long Read(string path, string field)
    {
        var line = File.ReadLines(path).FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
