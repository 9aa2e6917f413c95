using System.Text;
using System.Text.Json;

namespace Rf3d.Benchmarks;

/// <summary>A file of JSON lines to which each finished training is appended; a training that is in it is not run again. For one process at a time.</summary>
/// <param name="path">The file; null to keep nothing.</param>
internal sealed class PretrainedLog(string? path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly List<PretrainedRun> _runs = path is null || !File.Exists(path) ? [] : [.. Lines(path).Select(line => JsonSerializer.Deserialize<PretrainedRun>(line, Json)!)];

    public IReadOnlyList<PretrainedRun> Runs => _runs;

    /// <summary>The training out of the file, else the one that <paramref name="train"/> does.</summary>
    public PretrainedRun Once(string data, string way, int ofClass, int seed, Func<PretrainedRun> train)
    {
        if (_runs.FirstOrDefault(run => (run.Data, run.Way, run.ImagesOfClass, run.Seed) == (data, way, ofClass, seed)) is { } known)
            return known;
        var run = train();
        Console.WriteLine(FormattableString.Invariant($"{data}, {way}{(ofClass > 0 ? $", {ofClass} a class" : "")}, seed {seed}: {run.Accuracy:P2}, log loss {run.LogLoss:0.000}, {run.Seconds:0.0} s ({run.Note})"));
        if (path is not null)
            File.AppendAllText(path, JsonSerializer.Serialize(run, Json) + "\n");
        _runs.Add(run);
        return run;
    }

    /// <summary>Finished lines. One that a killed process left unfinished is cut off, or the next would be appended to it.</summary>
    private static string[] Lines(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (length < bytes.Length)
            File.WriteAllBytes(path, bytes[..length]);
        return Encoding.UTF8.GetString(bytes, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
