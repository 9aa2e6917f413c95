namespace Rf3d.MLNet;

/// <summary>The operations of a step in their order, and the bytes that each of them needs: on its way forward, until its backward pass, and in it.</summary>
internal sealed class StepTape
{
    private readonly List<Operation> _operations = [];

    /// <summary>Number of operations so far.</summary>
    public int Count => _operations.Count;

    /// <param name="kept">Bytes that are kept until the backward pass of this operation is done, and that no earlier operation keeps.</param>
    /// <param name="forward">Bytes of its results and of other tensors that exist while it is computed and that are not kept by it or before it.</param>
    /// <param name="backward">Bytes of the gradients of feature maps that exist while its gradient is computed.</param>
    /// <param name="gradients">Bytes of gradients of weights, which exist from its backward pass on.</param>
    public void Add(long kept, long forward, long backward, long gradients = 0) => _operations.Add(new(kept, forward, backward, gradients));

    /// <summary>Adds bytes that exist during several operations, from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    public void Hold(int first, int end, long forward, long backward)
    {
        for (var i = first; i < end; i++)
            _operations[i] = _operations[i] with { Forward = checked(_operations[i].Forward + forward), Backward = checked(_operations[i].Backward + backward) };
    }

    /// <summary>The most bytes that exist at any time.</summary>
    public long Peak()
    {
        long kept = 0, peak = 0, gradients = 0;
        foreach (var operation in _operations)
        {
            kept = checked(kept + operation.Kept);
            peak = Math.Max(peak, checked(kept + operation.Forward));
        }
        for (var i = _operations.Count - 1; i >= 0; i--)
        {
            gradients = checked(gradients + _operations[i].Gradients);
            peak = Math.Max(peak, checked(kept + _operations[i].Backward + gradients));
            kept -= _operations[i].Kept;
        }
        return peak;
    }

    private readonly record struct Operation(long Kept, long Forward, long Backward, long Gradients);
}
