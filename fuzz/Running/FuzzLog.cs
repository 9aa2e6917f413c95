using System.Text.Json;

namespace Rf3d.Fuzz;

/// <summary>A file with one line for each run, so that kinds and parts of a kind can be run one at a time.</summary>
internal static class FuzzLog
{
    /// <summary>Adds a run in place of the same inputs, and joins it with those that it follows or that follow it.</summary>
    /// <returns>All runs, in the order of the kinds.</returns>
    public static IReadOnlyList<FuzzResult> Add(string path, FuzzResult result)
    {
        var runs = File.Exists(path) ? File.ReadLines(path).Select(line => JsonSerializer.Deserialize<FuzzResult>(line)!).ToList() : [];
        runs.RemoveAll(other => (other.Kind, other.Seed) == (result.Kind, result.Seed) && other.From < result.End && result.From < other.End);
        runs.Add(result);
        var order = FuzzKind.All.Select(kind => kind.Name).ToList();
        var sorted = runs.OrderBy(run => order.IndexOf(run.Kind)).ThenBy(run => run.Seed).ThenBy(run => run.From);
        List<FuzzResult> joined = [];
        foreach (var run in sorted)
        {
            if (joined is [.., var last] && (last.Kind, last.Seed, last.End) == (run.Kind, run.Seed, run.From))
                joined[^1] = last.With(run);
            else
                joined.Add(run);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllLines(path, joined.Select(run => JsonSerializer.Serialize(run)));
        return joined;
    }
}
