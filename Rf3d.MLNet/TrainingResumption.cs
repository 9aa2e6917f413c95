using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Whether the checkpoints in a folder are those of the training at hand.</summary>
internal static class TrainingResumption
{
    /// <param name="store">The folder.</param>
    /// <param name="plan">The plan of this training.</param>
    /// <param name="fingerprint">Its options and data.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="warn">Hears of what keeps the weights from being the very same.</param>
    /// <returns>What the checkpoints to come say of their training.</returns>
    /// <exception cref="InvalidOperationException">The folder's checkpoints are of a training with other options or data.</exception>
    public static CheckpointOrigin Check(
        CheckpointStore store, NetworkPlan plan, IReadOnlyDictionary<string, string> fingerprint, torch.Device device, Action<string> warn)
    {
        var now = new CheckpointOrigin(fingerprint, plan.ToJson(), TrainingCheckpoints.Surroundings(device));
        if (store.Found is not { Origin: var then })
            return now;
        var differences = then.DifferencesTo(fingerprint);
        if (differences.Count > 0)
        {
            throw new InvalidOperationException(
                $"The checkpoints in '{store.Folder}' are of a training with other options or data: {string.Join("; ", differences)}. Undo that to go on with it; to train anew, choose another CheckpointDirectory or delete the folder.");
        }
        if (then.Surroundings != now.Surroundings)
            warn($"The checkpoint was made on {then.Surroundings}; this is {now.Surroundings}. Training goes on, but its weights will differ in their last bits from those of an uninterrupted one.");
        return now;
    }
}
