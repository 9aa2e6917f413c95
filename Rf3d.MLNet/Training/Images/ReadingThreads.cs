namespace Rf3d.MLNet;

/// <summary>
/// Threads that read images, the same few in pass after pass. Under glibc each thread has a heap of its own, or one that a thread before it left behind,
/// and it stays as large as the largest image made it: with new threads for each pass, more and more of them grew to that.
/// </summary>
internal static class ReadingThreads
{
    // Longer than anything between two passes of a training takes.
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private static readonly object Gate = new();
    private static readonly Queue<Work> Waiting = [];
    private static int _idle;

    private sealed record Work(Action Action, TaskCompletionSource End);

    /// <summary>
    /// Begins at once, whatever else is at work: on a thread that has nothing to do, else on a new one.
    /// </summary>
    /// <returns>Ends when the work does, as it does.</returns>
    public static Task Start(Action action)
    {
        var work = new Work(action, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (Gate)
        {
            if (_idle <= Waiting.Count)
                new Thread(Run) { IsBackground = true, Name = "Rf3d images" }.Start();
            Waiting.Enqueue(work);
            Monitor.Pulse(Gate);
        }
        return work.End.Task;
    }

    private static void Run()
    {
        lock (Gate)
            _idle++;
        while (Next() is { } work)
        {
            Exception? error = null;
            try
            {
                work.Action();
            }
            catch (Exception caught)
            {
                error = caught;
            }
            // Before anyone hears of the end: the next pass finds this thread idle.
            lock (Gate)
                _idle++;
            if (error is null)
                work.End.SetResult();
            else
                work.End.SetException(error);
        }
    }

    /// <returns>Null when there was nothing to do for long; the thread ends then.</returns>
    private static Work? Next()
    {
        lock (Gate)
        {
            while (Waiting.Count == 0)
            {
                if (!Monitor.Wait(Gate, IdleTime) && Waiting.Count == 0)
                {
                    _idle--;
                    return null;
                }
            }
            _idle--;
            return Waiting.Dequeue();
        }
    }
}
