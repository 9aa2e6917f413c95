using System.Text.Json;

namespace Rf3d.Benchmarks;

/// <summary>The figures of both parts, each from its last run; null where it has not run.</summary>
internal sealed record WebLoadResults(SpeedResult? Speed, EnduranceResult? Endurance)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static WebLoadResults Read(string path) => File.Exists(path) ? JsonSerializer.Deserialize<WebLoadResults>(File.ReadAllText(path), Json)! : new(null, null);

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }
}

/// <summary>The conditions of a part.</summary>
/// <param name="Command">The command line.</param>
/// <param name="Machine">Versions and the kind of machine.</param>
/// <param name="IsBusy">Whether other programs ran beside it.</param>
internal sealed record PartConditions(string Command, IReadOnlyList<string> Machine, bool IsBusy);

/// <summary>The service beside bare ONNX Runtime.</summary>
internal sealed record SpeedResult(PartConditions Conditions, int Clients, int Rounds, double PhaseSeconds, IReadOnlyList<SpeedRow> Rows);

/// <summary>The figures for one kind of image.</summary>
/// <param name="Images">The kind.</param>
/// <param name="Bare">Images a second in bare ONNX Runtime, round by round.</param>
/// <param name="One">Images a second of the service with one client.</param>
/// <param name="Many">Images a second of the service with several clients.</param>
/// <param name="OneMedian">Milliseconds to the answer with one client, of all rounds.</param>
/// <param name="OneP99">Milliseconds within which 99 of 100 answers arrived with one client.</param>
/// <param name="ManyMedian">The same with several clients.</param>
/// <param name="ManyP99">The same with several clients.</param>
/// <param name="BareProcessor">Milliseconds of processor time for an image in bare ONNX Runtime.</param>
/// <param name="ServiceProcessor">Milliseconds of processor time for an image in the service with several clients.</param>
/// <param name="ClientProcessor">Milliseconds of processor time for an image in the clients with several clients.</param>
/// <param name="Difference">The largest difference of the scores of bare ONNX Runtime from the library's.</param>
internal sealed record SpeedRow(
    string Images, double[] Bare, double[] One, double[] Many, double OneMedian, double OneP99, double ManyMedian, double ManyP99, double BareProcessor, double ServiceProcessor,
    double ClientProcessor, double Difference);

/// <summary>A long mixed load.</summary>
/// <param name="Conditions">How it ran.</param>
/// <param name="Clients">Clients that send at a time.</param>
/// <param name="OverloadClients">Clients in the phases of overload.</param>
/// <param name="Minutes">The time in which the machine was not stopped.</param>
/// <param name="Requests">All requests.</param>
/// <param name="WrongAnswers">Answers that are wrong or missing.</param>
/// <param name="Mixed">The answers in the phases without overload, by kind.</param>
/// <param name="Overload">The answers in the phases of overload.</param>
/// <param name="LargestDifference">Of the scores from the library's.</param>
/// <param name="Memory">Resident memory of the service; null where the load is too short for a trend.</param>
/// <param name="FilesBefore">Entries of the service's temporary folder when it had started.</param>
/// <param name="FilesAfter">The same after the load.</param>
/// <param name="FilesAtEnd">The same after its end.</param>
/// <param name="LoggedErrors">Errors in its log.</param>
/// <param name="Stop">The requests in flight at the signal to stop.</param>
/// <param name="Faults">All faults; of wrong answers the first of each phase.</param>
internal sealed record EnduranceResult(
    PartConditions Conditions, int Clients, int OverloadClients, double Minutes, long Requests, long WrongAnswers, IReadOnlyList<LoadCount> Mixed, IReadOnlyList<LoadCount> Overload, double LargestDifference,
    MemoryTrend? Memory, int FilesBefore, int FilesAfter, int FilesAtEnd, int LoggedErrors, StopResult Stop, IReadOnlyList<string> Faults);

/// <summary>The requests in flight at SIGTERM, and their answers.</summary>
/// <param name="Sent">Requests that the service had accepted or answered before the signal.</param>
/// <param name="Before">Answered before the signal.</param>
/// <param name="After">Answered rightly after it.</param>
/// <param name="Lost">Not answered, or wrongly.</param>
/// <param name="ExitCode">Of the service; null where it does not end.</param>
/// <param name="Seconds">From the signal to its end.</param>
internal sealed record StopResult(int Sent, int Before, int After, int Lost, int? ExitCode, double Seconds);
