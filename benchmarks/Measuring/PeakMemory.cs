namespace Rf3d.Benchmarks;

/// <summary>The largest memory of this process so far.</summary>
internal static class PeakMemory
{
    public static long Bytes => ProcessMemory.Peak(Environment.ProcessId);
}
