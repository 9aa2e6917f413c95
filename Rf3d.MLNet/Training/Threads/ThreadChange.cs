namespace Rf3d.MLNet;

/// <summary>A change of the number of threads that a training on a CPU computes with.</summary>
public sealed record ThreadChange
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Steps of that epoch that were done before the change.</summary>
    public required int Batches { get; init; }

    /// <summary>Threads before the change.</summary>
    public required int From { get; init; }

    /// <summary>Threads after it.</summary>
    public required int To { get; init; }
}
