using System.Runtime.CompilerServices;

namespace Rf3d.MLNet;

/// <summary>
/// Threads that read images for one owner, the same few in pass after pass. Under glibc each thread has a heap of its own, which stays as large as the largest image made it:
/// new threads for each pass would leave more and more of them behind.
/// </summary>
internal sealed class DecodeWorkers : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Work> _waiting = [];
    private int _idle;
    private bool _isDisposed;

    private sealed record Work(Action Action, ExecutionContext? Context, TaskCompletionSource End)
    {
        /// <summary>In the context of the caller, as a task would run.</summary>
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
    public Task[] Start(IReadOnlyList<Action> actions)
    {
        var context = ExecutionContext.Capture();
        var all = actions.Select(action => new Work(action, context, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var free = Math.Max(0, _idle - _waiting.Count);
            for (var i = free; i < all.Count; i++)
                new Thread(Run) { IsBackground = true, Name = "Rf3d images" }.UnsafeStart();
            all.ForEach(_waiting.Enqueue);
            Monitor.PulseAll(_gate);
        }
        return [.. all.Select(work => work.End.Task)];
    }

    /// <summary>Ends the threads that have nothing to do; the others end when their work does.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        lock (_gate)
            _idle++;
        while (RunNext())
        {
        }
    }

    // A method of its own, or the thread would hold on to its last work, and all that hangs on it, while it waits for the next.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext()
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
        // Before the task ends: the next pass finds this thread idle.
        lock (_gate)
            _idle++;
        if (error is null)
            work.End.SetResult();
        else
            work.End.SetException(error);
        return true;
    }

    /// <returns>Null when no more work comes.</returns>
    private Work? Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isDisposed)
                Monitor.Wait(_gate);
            _idle--;
            return _waiting.TryDequeue(out var work) ? work : null;
        }
    }
}
