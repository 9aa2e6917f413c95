using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>How much of the machine's memory this process had at most.</summary>
internal static class PeakMemory
{
    public static long Bytes
    {
        get
        {
            const string Status = "/proc/self/status";
            if (!File.Exists(Status))
                return Process.GetCurrentProcess().PeakWorkingSet64;
            var line = File.ReadLines(Status).Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }
}
