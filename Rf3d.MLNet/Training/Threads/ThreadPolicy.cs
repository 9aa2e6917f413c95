namespace Rf3d.MLNet;

/// <summary>
/// Decides from measured figures with how many threads to train. The cores that other processes leave free say when another number is worth a trial; the time of some steps with it says
/// whether it stays. It measures and changes nothing itself.
/// </summary>
internal sealed class ThreadPolicy
{
    /// <summary>Steps of a trial that count. The one before them does not: libraries prepare their kernels for another number of threads.</summary>
    public const int TrialSteps = 4;

    /// <summary>Seconds that these steps last together, at least: shorter ones say more about the scheduler than about the number.</summary>
    public const double TrialSeconds = 0.4;

    /// <summary>Steps that are enough where they take <see cref="LongSeconds"/> together.</summary>
    public const int LongSteps = 2;

    /// <summary>Seconds from which on fewer steps are enough.</summary>
    public const double LongSeconds = 4;

    /// <summary>Windows in a row that ask for the same direction before there is a trial; one of <see cref="LongWindowSeconds"/> is enough.</summary>
    public const int AgreeingWindows = 2;

    /// <summary>Seconds of steps from which on a window counts as <see cref="AgreeingWindows"/>: beside busy processes a step may take several.</summary>
    public const double LongWindowSeconds = 2;

    /// <summary>A step of the trial that takes this many times the usual time ends it.</summary>
    public const double Hopeless = 2;

    /// <summary>Largest share of the usual time of a step with which a tried number of threads is kept.</summary>
    public const double Worthwhile = 0.9;

    /// <summary>Windows after a trial in vain before the next: 1, twice as many after each, at most this many.</summary>
    public const int LongestWait = 512;

    /// <summary>
    /// Windows without a trial after which there is one with all threads, where there are fewer: other processes that use the cores may be ones that would give way. Twice as many after
    /// each in vain, at most <see cref="LongestWait"/>.
    /// </summary>
    public const int WindowsWithFewer = 64;

    /// <summary>Windows in a row without a reason for a trial after which the wait is short again.</summary>
    public const int CalmWindows = 32;

    // A process that wants one of two cores gets two thirds of it while training has two threads: 1.33 are free then, and 1 is meant.
    // Below the number, a process that uses three quarters of a core is worth a trial.
    private const double Rounding = 0.25;

    private readonly int _most;
    private List<double> _window = [];
    private List<double> _windowBefore = [];
    private RunningTrial? _trial;
    private readonly Waiting _reasons = new(shortest: 1);
    private readonly Waiting _fewer = new(WindowsWithFewer);
    private int _direction;
    private int _agreeing;
    private int _calm;

    /// <param name="most">The most threads; training starts with them.</param>
    public ThreadPolicy(int most) => (_most, Threads) = (most, most);

    /// <summary>With how many threads the next step is to be computed.</summary>
    public int Threads { get; private set; }

    /// <summary>Whether a trial runs. No window ends meanwhile.</summary>
    public bool IsTrying => _trial is not null;

    /// <summary>To be called after each step.</summary>
    /// <returns>The trial that ended with this step; null for none.</returns>
    public ThreadTrial? AfterStep(TimeSpan time)
    {
        if (_trial is not { } trial)
        {
            _window.Add(time.TotalSeconds);
            return null;
        }
        trial.Add(time.TotalSeconds);
        return trial.IsOver ? End(trial) : null;
    }

    /// <summary>To be called when a window of some steps is over, not during a trial.</summary>
    /// <param name="freeCores">Cores that other processes left free meanwhile; null where that could not be measured.</param>
    public void AfterWindow(double? freeCores)
    {
        var usual = _windowBefore.Concat(_window).DefaultIfEmpty().Average();
        (_windowBefore, _window) = (_window, []);
        var wanted = freeCores is { } free ? Math.Clamp((int)Math.Floor(free + Rounding), 1, _most) : Threads;
        var direction = Math.Sign(wanted - Threads);
        var windows = _windowBefore.Sum() >= LongWindowSeconds ? AgreeingWindows : 1;
        _agreeing = direction == 0 ? 0 : direction == _direction ? _agreeing + windows : windows;
        _direction = direction;
        _calm = direction == 0 ? _calm + 1 : 0;
        if (_calm == CalmWindows)
            _reasons.Reset();
        _reasons.Pass();
        _fewer.Pass();
        if (usual <= 0)
            return;
        if (_agreeing >= AgreeingWindows && _reasons.IsOver)
            Try(wanted, usual, _reasons);
        else if (Threads < _most && _fewer.IsOver)
            Try(_most, usual, _fewer);
    }

    private void Try(int threads, double usual, Waiting waiting)
    {
        (_trial, _windowBefore) = (new RunningTrial(Threads, usual, waiting), []);
        Threads = threads;
    }

    private ThreadTrial End(RunningTrial trial)
    {
        var isKept = trial.IsWorthwhile;
        var result = new ThreadTrial(trial.Before, Threads, trial.Usual, trial.Seconds, isKept);
        (_trial, _agreeing, _calm) = (null, 0, 0);
        if (isKept)
        {
            _reasons.Reset();
            _fewer.Restart();
        }
        else
        {
            trial.Waiting.Lengthen();
            Threads = trial.Before;
        }
        return result;
    }

    /// <summary>Windows to wait for: twice as many after each trial in vain.</summary>
    private sealed class Waiting(int shortest)
    {
        private int _inVain;
        private int _left;

        public bool IsOver => _left == 0;

        public void Pass() => _left = Math.Max(0, _left - 1);

        public void Lengthen() => _left = (int)Math.Min(shortest * Math.Pow(2, ++_inVain), LongestWait);

        /// <summary>Waits the shortest time.</summary>
        public void Restart() => (_inVain, _left) = (0, shortest);

        /// <summary>Does not wait.</summary>
        public void Reset() => (_inVain, _left) = (0, 0);
    }

    private sealed class RunningTrial(int before, double usual, Waiting waiting)
    {
        private bool _isPrepared;
        private int _steps;
        private double _sum;
        private bool _isHopeless;

        public int Before => before;

        public double Usual => usual;

        public Waiting Waiting => waiting;

        public double Seconds => _sum / _steps;

        public bool IsOver => _isHopeless || (_steps >= TrialSteps && _sum >= TrialSeconds) || (_steps >= LongSteps && _sum >= LongSeconds);

        public bool IsWorthwhile => !_isHopeless && Seconds <= Worthwhile * usual;

        public void Add(double seconds)
        {
            if (!_isPrepared)
            {
                _isPrepared = true;
                return;
            }
            (_steps, _sum) = (_steps + 1, _sum + seconds);
            _isHopeless = seconds > Hopeless * usual;
        }
    }
}

/// <summary>How a trial with another number of threads ended.</summary>
/// <param name="Before">Threads before it.</param>
/// <param name="Tried">Threads of the trial.</param>
/// <param name="SecondsBefore">Mean time of a step before.</param>
/// <param name="SecondsTried">Mean time of a step of the trial.</param>
/// <param name="IsKept">Whether training continues with them.</param>
internal sealed record ThreadTrial(int Before, int Tried, double SecondsBefore, double SecondsTried, bool IsKept);
