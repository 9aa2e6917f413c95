using System.Runtime.CompilerServices;

namespace Rf3d.MLNet;

/// <summary>
/// Threads that read images, the same few in pass after pass. Under glibc each thread has a heap of its own, or one that a thread before it left behind,
/// and it stays as large as the largest image made it: with new threads for each pass, more and more of them grew to that.
/// </summary>
internal static class DecodeWorkers
{
    // Longer than anything between two passes of a training takes.
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private static readonly object Gate = new();
    private static readonly Queue<Work> Waiting = [];
    private static int _idle;

    private sealed record Work(Action Action, ExecutionContext? Context, TaskCompletionSource End)
    {
        /// <summary>In the context of whoever asked for it, as a task would run.</summary>
        public void Run()
        {
            if (Context is null)
                Action();
            else
                ExecutionContext.Run(Context, _ => Action(), null);
        }
    }

    /// <summary>
    /// Begins all at once, whatever else is at work: on threads that have nothing to do, else on new ones. Where those cannot be had, nothing begins.
    /// </summary>
    /// <returns>Each ends when its work does, as it does.</returns>
    public static Task[] Start(IReadOnlyList<Action> actions)
    {
        var context = ExecutionContext.Capture();
        var all = actions.Select(action => new Work(action, context, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
        lock (Gate)
        {
            var free = Math.Max(0, _idle - Waiting.Count);
            for (var i = free; i < all.Count; i++)
                new Thread(Run) { IsBackground = true, Name = "Rf3d images" }.UnsafeStart();
            all.ForEach(Waiting.Enqueue);
            Monitor.PulseAll(Gate);
        }
        return [.. all.Select(work => work.End.Task)];
    }

    private static void Run()
    {
        lock (Gate)
            _idle++;
        while (RunNext())
        {
        }
    }

    // A method of its own, or the thread would hold on to its last work, and all that hangs on it, while it waits for the next.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool RunNext()
    {
        if (Next() is not { } work)
            return false;
        Exception? error = null;
        try
        {
            work.Run();
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
        return true;
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
