using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The content of an output folder of rf3d: the files that may be there under their names, the model that they hold, and unfinished files.</summary>
/// <param name="Files">Relative path and hash of each file; no hash of those that hold times.</param>
/// <param name="Model">A hash of plan, weights and scores.</param>
/// <param name="Faults">Files that are not complete.</param>
internal sealed partial record KilledOutput(ImmutableSortedDictionary<string, string> Files, string Model, ImmutableArray<string> Faults)
{
    private static readonly string[] WithTimes = [".zip", ".html", ".mbconfig"];

    public static KilledOutput Of(string folder, string dataset)
    {
        var paths = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(path => !IsHidden(folder, path)).ToList();
        var files = paths.ToImmutableSortedDictionary(path => Path.GetRelativePath(folder, path), path => WithTimes.Contains(Path.GetExtension(path)) ? "" : HashOf(path), StringComparer.Ordinal);
        return new(files, ModelOf(paths.SingleOrDefault(path => path.EndsWith(".zip", StringComparison.Ordinal)), dataset), [.. paths.Where(path => !IsComplete(path)).Select(path => Path.GetRelativePath(folder, path))]);
    }

    /// <summary>Whether anything is there under its name.</summary>
    public static bool IsThere(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any(path => !IsHidden(folder, path));

    /// <summary>Whether a model is being written, or is.</summary>
    public static bool HasStagedModel(string folder) => Directory.Exists(folder) && Safely(() => Staged(folder).Any(name => name.Contains(".zip", StringComparison.Ordinal)));

    /// <summary>The phase in which the command was killed, by the files that it left.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="work">Checkpoints, caches, the experiment.</param>
    public static string PhaseOf(string folder, string work)
    {
        var staged = Directory.Exists(folder) ? Staged(folder).ToList() : [];
        if (staged.Exists(name => name.EndsWith(".cs", StringComparison.Ordinal) || name.EndsWith(".csproj", StringComparison.Ordinal)))
            return "code";
        if (staged.Exists(name => name.Contains(".html", StringComparison.Ordinal)))
            return "report";
        if (staged.Exists(name => name.Contains(".zip", StringComparison.Ordinal)))
            return "model";
        if (Directory.Exists(work) && Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).Any())
            return "training";
        return IsThere(folder) && staged.Count == 0 ? "start or end" : "start";
    }

    /// <summary>Files and folders that have the name of something unfinished.</summary>
    public static IEnumerable<string> Unfinished(string root) => Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
        .Where(path => Temporary().IsMatch(Path.GetFileName(path)) || (Path.GetFileName(path) is var name && name.StartsWith('.') && name.EndsWith(".lock", StringComparison.Ordinal)));

    /// <returns>The difference to the other, except missing files; null where there is none.</returns>
    public string? FaultOfParts(KilledOutput whole) => DifferenceTo(whole with { Files = whole.Files.RemoveRange(whole.Files.Keys.Except(Files.Keys)), Model = Model == "none" ? Model : whole.Model });

    /// <returns>The difference to the other; null where there is none.</returns>
    public string? DifferenceTo(KilledOutput other)
    {
        if (Faults.Length > 0)
            return $"not complete: {string.Join(", ", Faults)}";
        var missing = other.Files.Keys.Except(Files.Keys).ToList();
        if (missing.Count > 0)
            return $"missing: {string.Join(", ", missing)}";
        var more = Files.Keys.Except(other.Files.Keys).ToList();
        if (more.Count > 0)
            return $"not expected: {string.Join(", ", more)}";
        var changed = Files.Where(file => other.Files[file.Key] != file.Value).Select(file => file.Key).ToList();
        if (changed.Count > 0)
            return $"other content: {string.Join(", ", changed)}";
        return Model == other.Model ? null : "another model";
    }

    // Those in a hidden folder, too: an application is made in one.
    private static bool IsHidden(string folder, string path) => Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')) || Temporary().IsMatch(Path.GetFileName(path));

    private static IEnumerable<string> Staged(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => IsHidden(folder, path)).Select(path => Path.GetFileName(path));

    private static bool IsComplete(string path)
    {
        try
        {
            switch (Path.GetExtension(path))
            {
                case ".html":
                    return File.ReadAllText(path).TrimEnd().EndsWith("</html>", StringComparison.Ordinal);
                case ".mbconfig" or ".json":
                    using (JsonDocument.Parse(File.ReadAllBytes(path)))
                        return true;
                default:
                    return new FileInfo(path).Length > 0;
            }
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string ModelOf(string? path, string dataset)
    {
        if (path is null)
            return "none";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var weights = WarmStartSource.Read(path).Weights;
            foreach (var name in weights.Names.Order(StringComparer.Ordinal))
                hash.AppendData(MemoryMarshal.AsBytes(weights[name].Values.AsSpan()));
            using var model = Rf3dSavedModel.Load(new MLContext(), path);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(model.Plan.ToJson()));
            foreach (var prediction in model.Predict(Directory.GetFiles(dataset, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)))
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Join(' ', prediction.Scores.Select(score => score.ToString("0.0000", CultureInfo.InvariantCulture)))));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception error) when (error is FormatException or InvalidDataException or IOException)
        {
            return $"unreadable: {error.Message}";
        }
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    // Files come and go while it is looked at.
    private static bool Safely(Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (IOException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp\z")]
    private static partial Regex Temporary();
}

/// <summary>How much of an output is there.</summary>
internal enum KilledState
{
    Absent,
    Part,
    Complete,
}
