namespace Rf3d.MLNet;

/// <summary>The number of threads of a training, and its changes so far.</summary>
/// <param name="threads">Threads at the start.</param>
internal sealed class ThreadLog(int threads)
{
    private readonly List<ThreadChange> _changes = [];
    private int _threads = threads;

    public IReadOnlyList<ThreadChange> Changes => _changes;

    /// <summary>Notes with how many threads the next step is computed.</summary>
    /// <param name="threads">The number; where it is the same, nothing is noted.</param>
    /// <param name="epoch">The epoch of the step.</param>
    /// <param name="batches">Steps of the epoch that are done.</param>
    public void Use(int threads, int epoch, int batches)
    {
        if (threads != _threads)
            _changes.Add(new() { Epoch = epoch, Batches = batches, From = _threads, To = threads });
        _threads = threads;
    }

    /// <summary>Takes the changes of a checkpoint in place of its own.</summary>
    public void Restore(IReadOnlyList<ThreadChange> changes)
    {
        _changes.Clear();
        _changes.AddRange(changes);
        if (changes is [.., { To: var last }])
            _threads = last;
    }
}
