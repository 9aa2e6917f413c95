using System.Globalization;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>
/// Lets a training on a CPU compute with as many threads as there are cores free: beside other processes, threads that wait for each other take several times as long as one alone.
/// Linux only. It measures, and carries out the decisions of <see cref="ThreadPolicy"/>.
/// </summary>
/// <remarks>The number of threads belongs to the thread that trains; it gets the former one back at the end.</remarks>
internal sealed class ThreadWatch : IDisposable
{
    /// <summary>Steps at the start that do not count: kernels are prepared.</summary>
    public const int FirstSteps = 1;

    /// <summary>Steps of a window, at least.</summary>
    public const int WindowSteps = 2;

    /// <summary>Seconds of a window, at least: the system counts in hundredths of a second.</summary>
    public const double WindowSeconds = 1;

    private readonly TimeProvider _clock;
    private readonly int _before;
    private readonly int _cores;
    private readonly ThreadPolicy _policy;
    private readonly Func<ProcessorTimes?> _times;
    private readonly Action<string> _info;
    private Action<int> _use = _ => { };
    private int _threads;
    private int _steps = -FirstSteps;
    private long _stepStart;
    private long _windowStart;
    private ProcessorTimes? _windowTimes;

    /// <param name="clock">Measures steps and windows.</param>
    /// <param name="threads">Threads now.</param>
    /// <param name="cores">Processors that the process may use.</param>
    /// <param name="limit">The most threads: a limit of the container's CPU time leaves fewer than there are processors.</param>
    /// <param name="times">Reads the times of the processors.</param>
    /// <param name="info">Receives each change.</param>
    public ThreadWatch(TimeProvider clock, int threads, int cores, int limit, Func<ProcessorTimes?> times, Action<string> info)
    {
        (_clock, _before, _threads, _cores, _times, _info) = (clock, threads, threads, cores, times, info);
        _policy = new ThreadPolicy(Math.Min(threads, limit));
    }

    /// <param name="device">Where training runs.</param>
    /// <param name="isDeterministic">Whether the same seed has to train the same weights.</param>
    /// <param name="clock">Measures steps and windows.</param>
    /// <param name="info">Receives each change.</param>
    /// <returns>The watch of a training; null where there is nothing to decide, or the user has decided.</returns>
    public static ThreadWatch? For(torch.Device device, bool isDeterministic, TimeProvider clock, Action<string> info)
    {
        if (isDeterministic || device.type != DeviceType.CPU || !OperatingSystem.IsLinux())
            return null;
        var threads = torch.get_num_threads();
        if (threads < 2 || ProcessorSet.OfThisProcess() is not { } set || !set.IsDefault(threads))
            return null;
        return new(clock, threads, set.Processors.Count, Environment.ProcessorCount, () => ProcessorTimes.Now(set.Processors), info);
    }

    /// <summary>To be called before the first step of this process. A training that is resumed starts with all threads that it may have: the processors are others, or have other work.</summary>
    /// <param name="use">Receives the number of threads of the next step, again and again.</param>
    public void Begin(Action<int> use)
    {
        _use = use;
        if (_policy.Threads < _threads)
            _info(string.Create(CultureInfo.InvariantCulture, $"A limit of CPU time leaves this process fewer processors than there are: training uses {_policy.Threads} of {_threads} threads."));
        Apply();
    }

    /// <summary>To be called before each step.</summary>
    public void StartStep() => _stepStart = _clock.GetTimestamp();

    /// <summary>To be called after each step, on the thread that trains.</summary>
    public void AfterStep()
    {
        if (torch.get_num_threads() is var chosen && chosen != _threads)
        {
            // The application has set the number meanwhile, in code that a report calls, and keeps it.
            _use(chosen);
            return;
        }
        var now = _clock.GetTimestamp();
        if (++_steps <= 0)
        {
            if (_steps == 0)
                StartWindow(now);
            return;
        }
        if (_policy.AfterStep(_clock.GetElapsedTime(_stepStart, now)) is { } trial)
        {
            Explain(trial);
            StartWindow(now);
        }
        else if (!_policy.IsTrying)
        {
            EndWindowIfDue(now, _clock.GetElapsedTime(_windowStart, now).TotalSeconds);
        }
        Apply();
    }

    public void Dispose()
    {
        if (_threads != _before && torch.get_num_threads() == _threads)
            torch.set_num_threads(_before);
        _threads = _before;
    }

    private void StartWindow(long now) => (_windowStart, _windowTimes, _steps) = (now, _times(), 0);

    private void EndWindowIfDue(long now, double seconds)
    {
        if (_steps < WindowSteps || seconds < WindowSeconds)
            return;
        var times = _times();
        _policy.AfterWindow(_windowTimes is { } first && times is { } last ? ProcessorTimes.FreeCores(first, last, seconds, _cores) : null);
        (_windowStart, _windowTimes, _steps) = (now, times, 0);
    }

    private void Apply()
    {
        _use(_policy.Threads);
        if (_policy.Threads == _threads)
            return;
        torch.set_num_threads(_policy.Threads);
        _threads = _policy.Threads;
    }

    private void Explain(ThreadTrial trial) => _info(string.Create(
        CultureInfo.InvariantCulture,
        $"{(trial.IsKept ? $"Training now uses {trial.Tried} of {_before} threads" : $"Training keeps {trial.Before} of {_before} threads")}: a step takes {1000 * trial.SecondsBefore:0} ms with {trial.Before} and {1000 * trial.SecondsTried:0} ms with {trial.Tried}. Other processes use these cores, or did."));
}
