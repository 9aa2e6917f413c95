using System.Text.Json.Serialization;

namespace Rf3d.Fuzz;

/// <summary>The results of the inputs of one run.</summary>
internal sealed class FuzzResult
{
    public string Kind { get; set; } = "";

    public ulong Seed { get; set; }

    /// <summary>The first input.</summary>
    public long From { get; set; }

    public long Count { get; set; }

    /// <summary>Inputs that were read, by result.</summary>
    public SortedDictionary<string, long> Successes { get; set; } = [];

    /// <summary>Inputs that were refused as documented, by the type of the error.</summary>
    public SortedDictionary<string, long> Errors { get; set; } = [];

    public List<FuzzFailure> Failures { get; set; } = [];

    /// <summary>The longest time for one input, in seconds.</summary>
    public double Longest { get; set; }

    /// <summary>The largest memory of a child, in bytes.</summary>
    public long PeakMemory { get; set; }

    /// <summary>The time of the run, in seconds.</summary>
    public double Seconds { get; set; }

    /// <summary>The input after the last.</summary>
    [JsonIgnore]
    public long End => From + Count;

    /// <summary>This run and another of the same kind, as one.</summary>
    public FuzzResult With(FuzzResult other) => new()
    {
        Kind = Kind,
        Seed = Seed,
        From = Math.Min(From, other.From),
        Count = Count + other.Count,
        Successes = Sum(Successes, other.Successes),
        Errors = Sum(Errors, other.Errors),
        Failures = [.. Failures, .. other.Failures],
        Longest = Math.Max(Longest, other.Longest),
        PeakMemory = Math.Max(PeakMemory, other.PeakMemory),
        Seconds = Seconds + other.Seconds,
    };

    private static SortedDictionary<string, long> Sum(SortedDictionary<string, long> one, SortedDictionary<string, long> other) =>
        new(one.Concat(other).GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value)));
}

/// <summary>An input that was neither read rightly nor refused as documented.</summary>
internal sealed record FuzzFailure(long Index, string File, string What);
