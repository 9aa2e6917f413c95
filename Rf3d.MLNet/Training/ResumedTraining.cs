namespace Rf3d.MLNet;

/// <summary>Progress of a training when it was resumed from a checkpoint.</summary>
public sealed record ResumedTraining
{
    /// <summary>Folder of the checkpoint.</summary>
    public required string Folder { get; init; }

    /// <summary>Epochs that were complete.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of the next epoch that were done.</summary>
    public required int Batches { get; init; }

    /// <summary>Whether the training had ended already, so that only its model was loaded.</summary>
    public required bool WasComplete { get; init; }

    internal static ResumedTraining From(string folder, TrainingProgress progress) => new()
    {
        Folder = folder,
        Epochs = progress.Epochs.Length,
        Batches = progress.Batch,
        WasComplete = progress.StopReason is not null,
    };
}
