using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Seconds that processors were busy since the system started, and how many of them this process had.</summary>
/// <param name="Busy">Of all processes, on the processors that this one may use; time that a virtual machine's host took from them counts, too.</param>
/// <param name="Own">Of this process.</param>
internal readonly record struct ProcessorTimes(double Busy, double Own)
{
    // Of /proc/stat, on every system that .NET runs on.
    private const double TicksPerSecond = 100;

    // Numbers of the fields: user, nice, system, interrupts, soft interrupts, stolen. Those left out are idle, or part of another.
    private static readonly int[] BusyFields = [1, 2, 3, 6, 7, 8];

    /// <summary>The cores that other processes left free between two moments.</summary>
    /// <param name="before">The first moment.</param>
    /// <param name="after">The second.</param>
    /// <param name="seconds">Between them.</param>
    /// <param name="cores">Processors that this process may use.</param>
    public static double FreeCores(ProcessorTimes before, ProcessorTimes after, double seconds, int cores)
    {
        var others = after.Busy - before.Busy - (after.Own - before.Own);
        return Math.Clamp(cores - (others / seconds), 0, cores);
    }

    /// <summary>As they are now; null where the system does not tell.</summary>
    /// <param name="processors">Numbers of the processors that this process may use.</param>
    public static ProcessorTimes? Now(IReadOnlySet<int> processors)
    {
        try
        {
            return new(BusySeconds(File.ReadLines("/proc/stat"), processors), Environment.CpuUsage.TotalTime.TotalSeconds);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Seconds that processors were busy.</summary>
    /// <param name="lines">Of /proc/stat (proc(5)).</param>
    /// <param name="processors">The processors that count.</param>
    public static double BusySeconds(IEnumerable<string> lines, IReadOnlySet<int> processors)
    {
        var ticks = 0L;
        // The processors come first; the rest is long.
        foreach (var fields in lines.TakeWhile(line => line.StartsWith("cpu", StringComparison.Ordinal)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (!int.TryParse(fields[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var processor) || !processors.Contains(processor))
                continue;
            ticks += BusyFields.Where(field => field < fields.Length).Sum(field => long.Parse(fields[field], CultureInfo.InvariantCulture));
        }
        return ticks / TicksPerSecond;
    }
}
