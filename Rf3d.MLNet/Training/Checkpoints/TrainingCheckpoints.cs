using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>When a training is saved, and how it is taken up again.</summary>
/// <param name="store">The folder.</param>
/// <param name="origin">The training.</param>
/// <param name="interval">Time between two checkpoints within an epoch.</param>
/// <param name="clock">Tells that time.</param>
internal sealed class TrainingCheckpoints(CheckpointStore store, CheckpointOrigin origin, TimeSpan interval, TimeProvider clock)
{
    private long _lastSave = clock.GetTimestamp();
    private (int Epochs, int Batch, TrainingStopReason? End)? _saved;

    /// <summary>Receives warnings of checkpoints that could not be written.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Device, precision, instructions, threads and versions, on which the last bits of the weights depend.</summary>
    public static string HardwareFingerprint(torch.Device device, TrainingPrecision precision) =>
        $"{device}, {precision}, {Instructions}, {torch.get_num_threads()} threads, TorchSharp {typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}, libtorch {torch.__version__}";

    /// <summary>Takes up the training that the folder holds, or saves the start of this one: a folder that cannot be written to shows before, not after, the work.</summary>
    /// <exception cref="IOException">The first checkpoint cannot be written.</exception>
    public void Begin(TrainingState state)
    {
        if (store.Found is not { } found)
        {
            Write(state);
            return;
        }
        try
        {
            state.Restore(found);
        }
        catch (FormatException error)
        {
            throw new InvalidOperationException($"The latest checkpoint in '{store.Folder}' does not fit: {error.Message}. Delete the folder to start a new training, or choose another folder.", error);
        }
        catch (IOException error)
        {
            throw new IOException($"The latest checkpoint in '{store.Folder}' can no longer be read: {error.Message}", error);
        }
        _saved = Moment(state);
        store.ForgetFound();
    }

    /// <summary>Saves if the last time is long enough ago.</summary>
    public void SaveIfDue(TrainingState state)
    {
        if (clock.GetElapsedTime(_lastSave) >= interval)
            Save(state);
    }

    /// <summary>
    /// Saves, unless nothing has changed. A full disk, or too little memory for a copy of a tensor, is no reason to stop a training that may end well: it warns, and tries again the next time.
    /// </summary>
    public void Save(TrainingState state)
    {
        if (_saved == Moment(state))
            return;
        try
        {
            Write(state);
        }
        catch (Exception error) when (error is IOException || TorchMemory.IsExhausted(error))
        {
            _lastSave = clock.GetTimestamp();
            Warn($"Training continues without a new checkpoint: {TorchMemory.Reason(error)}.");
        }
    }

    private void Write(TrainingState state)
    {
        store.Save(state.Store(origin));
        (_saved, _lastSave) = (Moment(state), clock.GetTimestamp());
    }

    // libtorch has other code for each of these.
    private static string Instructions => Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : $"{RuntimeInformation.ProcessArchitecture}";

    // A cancelled training is saved as unfinished.
    private static (int Epochs, int Batch, TrainingStopReason? End) Moment(TrainingState state) =>
        (state.Epochs.Count, state.Batch, state.StopReason is TrainingStopReason.Cancelled ? null : state.StopReason);
}
