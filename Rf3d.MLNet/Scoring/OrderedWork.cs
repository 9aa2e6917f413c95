namespace Rf3d.MLNet;

/// <summary>Computes items on several threads and gives the results in the order of the items. It holds no more than two items a thread.</summary>
internal static class OrderedWork
{
    private const int MostThreadsOfProcessor = 4;

    /// <param name="items">Enumerated on the thread that enumerates the results.</param>
    /// <param name="threads">Items that are computed at a time. More than four a processor count as that: more items would only be held.</param>
    /// <param name="compute">Computes one item, on any thread.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>When the enumeration ends, in whatever way, no item is being computed any more: the resources of <paramref name="compute"/> may be disposed next.</remarks>
    public static IEnumerable<TResult> Run<TItem, TResult>(IEnumerable<TItem> items, int threads, Func<TItem, TResult> compute, CancellationToken cancellation)
    {
        threads = Math.Min(threads, MostThreadsOfProcessor * Environment.ProcessorCount);
        using var slots = new SemaphoreSlim(threads);
        var running = new Queue<Task<TResult>>();
        try
        {
            foreach (var item in items)
            {
                cancellation.ThrowIfCancellationRequested();
                running.Enqueue(Start(item));
                // Two a thread: one to work on, one to take up next.
                while (running.Count > 0 && (running.Peek().IsCompleted || running.Count >= 2 * threads))
                    yield return Next();
            }
            while (running.Count > 0)
                yield return Next();
        }
        finally
        {
            ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }

        TResult Next()
        {
            // Before the item leaves the queue: it is waited for at the end.
            cancellation.ThrowIfCancellationRequested();
            return running.Dequeue().GetAwaiter().GetResult();
        }

        async Task<TResult> Start(TItem item)
        {
            await slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => compute(item), cancellation).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
    }
}
