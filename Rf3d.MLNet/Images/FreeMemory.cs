namespace Rf3d.MLNet;

/// <summary>How much memory a training may count on.</summary>
internal static class FreeMemory
{
    /// <summary>Bytes that the system, or the container this runs in, has left, as the collector sees it; never less than 0.</summary>
    public static long Bytes()
    {
        // Its figures are those of the last collection.
        GC.Collect(0);
        var info = GC.GetGCMemoryInfo(GCKind.Any);
        return Math.Max(0, info.TotalAvailableMemoryBytes - Math.Max(info.MemoryLoadBytes, Environment.WorkingSet));
    }
}
