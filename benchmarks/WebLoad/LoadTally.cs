namespace Rf3d.Benchmarks;

/// <summary>Answers to requests, counted by kind. Many threads add to it.</summary>
internal sealed class LoadTally
{
    private const int FaultsKept = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<int, long>> _statuses = [];
    private readonly Dictionary<string, List<float>> _milliseconds = [];
    private readonly List<string> _faults = [];

    /// <summary>All faults; the first of them are kept.</summary>
    public long FaultCount { get; private set; }

    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>The largest difference of scores from the library's.</summary>
    public double LargestDifference { get; private set; }

    /// <param name="kind">The kind of request.</param>
    /// <param name="status">The status code; 0 for no answer.</param>
    /// <param name="milliseconds">Time to the answer.</param>
    /// <param name="fault">Its fault; null where there is none.</param>
    public void Add(string kind, int status, double milliseconds, string? fault)
    {
        lock (_lock)
        {
            if (!_statuses.TryGetValue(kind, out var statuses))
                (_statuses[kind], _milliseconds[kind]) = (statuses = [], []);
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            if (status == 200)
                _milliseconds[kind].Add((float)milliseconds);
            if (fault is null)
                return;
            FaultCount++;
            if (_faults.Count < FaultsKept)
                _faults.Add($"{kind}: {fault}");
        }
    }

    public void AddDifference(double difference)
    {
        lock (_lock)
            LargestDifference = Math.Max(LargestDifference, difference);
    }

    /// <summary>A line for each kind, in the order of names.</summary>
    public IReadOnlyList<LoadCount> Counts()
    {
        lock (_lock)
        {
            return [.. _statuses.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new LoadCount(
                entry.Key, new SortedDictionary<int, long>(entry.Value), Percentile.Of(_milliseconds[entry.Key], 0.5), Percentile.Of(_milliseconds[entry.Key], 0.99)))];
        }
    }
}

/// <summary>The answers to requests of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Statuses">Answers by status code; 0 for none.</param>
/// <param name="Median">Of the milliseconds to a success; 0 where there is none.</param>
/// <param name="P99">Milliseconds within which 99 of 100 successes arrived; 0 where there is none.</param>
internal sealed record LoadCount(string Kind, SortedDictionary<int, long> Statuses, double Median, double P99);
