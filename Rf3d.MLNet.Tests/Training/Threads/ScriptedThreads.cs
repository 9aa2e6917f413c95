using TorchSharp;

namespace Rf3d.MLNet.Tests.Training.Threads;

/// <summary>A number of threads for a test, whatever the machine has; and a machine whose other processes and whose speed are scripted.</summary>
internal sealed class ScriptedThreads : IDisposable
{
    private readonly int _before = torch.get_num_threads();

    public ScriptedThreads(int count) => torch.set_num_threads(count);

    /// <summary>No process does anything.</summary>
    public static ProcessorTimes? Quiet() => new(0, 0);

    /// <summary>Others have both cores all the time, however long that is.</summary>
    public static Func<ProcessorTimes?> Busy()
    {
        var seconds = 0d;
        return () => new(seconds += 1e6, 0);
    }

    public static ThreadWatch Watch(TimeProvider clock, Func<ProcessorTimes?> times, Action<string>? info = null) =>
        new(clock, threads: 2, cores: 2, limit: 2, times, info ?? (_ => { }));

    /// <summary>A training beside a busy process that changed to one thread and paused, saved in a folder.</summary>
    public static SmallTraining Paused(string folder)
    {
        var training = new SmallTraining { Epochs = 8, Recipe = settings => settings with { PauseAfterEpoch = 5 }, WatchThreads = () => Watch(new Clock(4, 1), Busy()) };
        using var store = CheckpointStore.Open(folder, _ => { });
        training.Run(store);
        return training;
    }

    public void Dispose() => torch.set_num_threads(_before);

    /// <summary>Runs on by a time between two looks that depends on the number of threads.</summary>
    public sealed class Clock(int secondsWithTwo, int secondsWithOne) : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds += torch.get_num_threads() == 2 ? secondsWithTwo : secondsWithOne;
    }
}
