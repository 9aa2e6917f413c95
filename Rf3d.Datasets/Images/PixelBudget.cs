namespace Rf3d.Datasets;

/// <summary>
/// The decoded pixels that a process holds at a time. Valid images of a few kilobytes decode to gigabytes; without a common limit, as many of them as there are threads
/// or requests would take the machine's memory. Who would exceed the limit waits for the others, in the order of arrival; one image alone always passes.
/// </summary>
internal static class PixelBudget
{
    private static readonly object Gate = new();
    private static readonly SortedSet<long> Waiting = [];
    private static long _taken;
    private static long _arrived;

    /// <summary>
    /// Pixels of four bytes: about a hundredth of the memory, and on small machines the photograph of a phone (12.5 megapixels) for each core, so that no core waits.
    /// </summary>
    public static long Limit { get; } = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 384, Environment.ProcessorCount * 12_500_000L);

    /// <summary>Waits until the pixels fit.</summary>
    /// <param name="pixels">Height times width.</param>
    /// <returns>Gives the pixels back when it is disposed.</returns>
    public static Share Take(long pixels)
    {
        lock (Gate)
        {
            // In the order of arrival: a large image would otherwise wait for as long as small ones come.
            var place = _arrived++;
            Waiting.Add(place);
            try
            {
                while (Waiting.Min != place || (_taken > 0 && _taken + pixels > Limit))
                    Monitor.Wait(Gate);
                _taken += pixels;
            }
            finally
            {
                Waiting.Remove(place);
                Monitor.PulseAll(Gate);
            }
        }
        return new Share(pixels);
    }

    /// <summary>Pixels that are taken.</summary>
    public readonly struct Share(long pixels) : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
            {
                _taken -= pixels;
                Monitor.PulseAll(Gate);
            }
        }
    }
}
