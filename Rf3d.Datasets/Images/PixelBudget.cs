namespace Rf3d.Datasets;

/// <summary>
/// The memory in which a process decodes images at a time. Valid images of a few kilobytes decode to gigabytes; without a common limit, as many of them as there are
/// threads or requests would take the machine's memory. Those that would exceed the limit wait for the others, in the order of arrival; one image alone always passes.
/// </summary>
internal static class PixelBudget
{
    private static readonly object Gate = new();
    private static readonly SortedSet<long> Waiting = [];
    private static long _taken;
    private static long _arrived;

    /// <summary>
    /// Bytes: a fiftieth of the memory (that of the container, where it has a limit), or enough for each core to decode the photograph of a phone, so that no core waits; at
    /// most a tenth of the memory.
    /// </summary>
    public static long Limit { get; } = LimitFor(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.ProcessorCount);

    /// <summary>The limit in bytes on a machine with so many bytes of memory and so many cores.</summary>
    public static long LimitFor(long memory, int cores) => Math.Min(Math.Max(memory / 50, cores * 100_000_000L), memory / 10);

    /// <summary>Waits until there is room.</summary>
    /// <param name="bytes">Bytes that decoding takes.</param>
    /// <returns>Gives the room back when it is disposed.</returns>
    public static Share Take(long bytes)
    {
        lock (Gate)
        {
            // In the order of arrival: a large image would otherwise wait for as long as small ones come.
            var place = _arrived++;
            Waiting.Add(place);
            try
            {
                while (Waiting.Min != place || (_taken > 0 && _taken + bytes > Limit))
                    Monitor.Wait(Gate);
                _taken += bytes;
            }
            finally
            {
                Waiting.Remove(place);
                Monitor.PulseAll(Gate);
            }
        }
        return new Share(bytes);
    }

    /// <summary>Room that is taken.</summary>
    public readonly struct Share(long bytes) : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
            {
                _taken -= bytes;
                Monitor.PulseAll(Gate);
            }
        }
    }
}
