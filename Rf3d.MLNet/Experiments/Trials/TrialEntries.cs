using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>One line of an experiment's log.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ExperimentEntry), ExperimentEntry.Kind)]
[JsonDerivedType(typeof(MeasureEntry), "measure")]
[JsonDerivedType(typeof(RungEntry), "rung")]
[JsonDerivedType(typeof(TrialEntry), "trial")]
[JsonDerivedType(typeof(RetryEntry), "retry")]
internal abstract record LogEntry
{
    /// <summary>Whether a log can have only one of the two, since both describe the same item.</summary>
    public virtual bool IsAboutTheSameAs(LogEntry other) => false;
}

/// <summary>The first line, which identifies the experiment.</summary>
internal sealed record ExperimentEntry(int Version, int Seed, SortedDictionary<string, string> Fingerprint) : LogEntry
{
    public const string Kind = "experiment";

    public override bool IsAboutTheSameAs(LogEntry other) => other is ExperimentEntry;
}

/// <summary>The measurements of an untrained network. A resumed experiment reads them from here, because times differ from run to run.</summary>
internal sealed record MeasureEntry(string Candidate, long ModelBytes, double LatencyMilliseconds) : LogEntry
{
    public override bool IsAboutTheSameAs(LogEntry other) => other is MeasureEntry measure && measure.Candidate == Candidate;
}

/// <summary>Which candidates a rung trains: with them the choice by measured speed, which a resumed experiment keeps.</summary>
internal sealed record RungEntry(int Rung, int Of, IReadOnlyList<string> Candidates) : LogEntry
{
    public override bool IsAboutTheSameAs(LogEntry other) => other is RungEntry rung && rung.Rung == Rung;
}

/// <summary>A finished trial: a candidate trained up to some epoch, or its failure.</summary>
internal sealed record TrialEntry(string Candidate, int Epochs, bool IsComplete, double? Score, double Seconds, double SecondsPerEpoch, double Overhead, string? Error) : LogEntry
{
    /// <summary>Mean log loss on the validation images; null when it failed, where it is not a number, and in logs of earlier versions.</summary>
    public double? LogLoss { get; init; }

    /// <summary>Which validation images it classified correctly; null when it failed.</summary>
    public RightEntry? Right { get; init; }

    /// <summary>The limit in megabytes that it exceeded, for which it failed; null for other results.</summary>
    public double? MemoryLimit { get; init; }
}

/// <summary>Takes back the last failure of a candidate, which is trained again, and the rungs since, whose candidates were chosen without it.</summary>
internal sealed record RetryEntry(string Candidate) : LogEntry;

/// <summary>Which of so many images were classified correctly: a bit for each, the first of a byte is its lowest, in base 64.</summary>
internal sealed record RightEntry(int Images, string Bits);
