using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Whether the checkpoints in a folder are those of the current training.</summary>
internal static class TrainingResumption
{
    private static readonly OptionName Directory = new(nameof(Rf3dImageClassificationTrainer.Options.CheckpointDirectory));
    private static readonly OptionName Deterministic = new(nameof(Rf3dImageClassificationTrainer.Options.Deterministic));

    /// <param name="store">The folder.</param>
    /// <param name="plan">The plan of this training.</param>
    /// <param name="fingerprint">Its options and data.</param>
    /// <param name="hardware">The hardware and versions that the last bits of its weights depend on.</param>
    /// <param name="deterministic">Whether they have to be the same.</param>
    /// <param name="warn">Receives the reasons why the weights may not be identical.</param>
    /// <returns>The description of the training in later checkpoints.</returns>
    /// <exception cref="OptionConflictException">The folder's checkpoints are of a training with other options or data, or, where the weights have to be the same, in other surroundings.</exception>
    public static CheckpointOrigin Check(
        CheckpointStore store, NetworkPlan plan, IReadOnlyDictionary<string, string> fingerprint, string hardware, bool deterministic, Action<string> warn)
    {
        var now = new CheckpointOrigin(fingerprint, plan.ToJson(), hardware);
        if (store.Found is not { Origin: var then, Progress: var progress })
            return now;
        var differences = then.DifferencesTo(fingerprint);
        if (differences.Count > 0)
        {
            var unrecorded = fingerprint.Keys.All(then.Fingerprint.ContainsKey)
                ? ""
                : " If nothing was changed, an earlier version of Rf3d.MLNet wrote them, which did not record what was 'not set'.";
            throw new OptionConflictException(
                $"The checkpoints in '{store.Folder}' are of a training with other options or data: {differences}. Undo that to resume it; to start a new training, choose another {Directory} or delete the folder.{unrecorded}");
        }
        if (progress.StopReason is not null)
            return now;
        if (deterministic && progress.ThreadChanges is [var first, ..])
        {
            throw new OptionConflictException(
                $"The training in '{store.Folder}' changed its number of threads from {first.From} to {first.To} in epoch {first.Epoch}, which changes the last bits of its steps, and {Deterministic} is true. Set {Deterministic} to false to resume it, or choose another {Directory} to start a new training.");
        }
        if (then.HardwareFingerprint == hardware)
            return now;
        var change = $"The checkpoint in '{store.Folder}' was made on {then.HardwareFingerprint}; this is {hardware}.";
        if (deterministic)
            throw new OptionConflictException($"{change} The weights would differ in their last bits from those of an uninterrupted training, and {Deterministic} is true. Resume it where it was made, set {Deterministic} to false, or choose another {Directory} to start a new training.");
        warn($"{change} Training continues, but its weights will differ in their last bits from those of an uninterrupted one.");
        // A later resumption has weights of both.
        return now with { HardwareFingerprint = then.HardwareFingerprint };
    }
}
