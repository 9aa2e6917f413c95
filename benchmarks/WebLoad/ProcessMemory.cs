using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The memory of another process.</summary>
internal static class ProcessMemory
{
    /// <summary>Bytes that it has resident now (VmRSS); 0 where it has ended.</summary>
    public static long Resident(int process)
    {
        const string Field = "VmRSS:";
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var other = Process.GetProcessById(process);
                return other.WorkingSet64;
            }
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IOException)
        {
            return 0;
        }
    }
}
