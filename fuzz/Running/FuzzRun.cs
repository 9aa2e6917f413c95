using System.Diagnostics;

namespace Rf3d.Fuzz;

/// <summary>Inputs of one kind in child processes: a child that ends, hangs or takes too much memory is replaced by one that begins at the next input.</summary>
internal sealed class FuzzRun(FuzzKind kind, ulong seed, long from, long count, string findings, TimeSpan limit, string? application)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly FuzzResult _result = new() { Kind = kind.Name, Seed = seed, From = from, Count = count };
    private Corpus? _corpus;

    public FuzzResult Run()
    {
        var start = Stopwatch.GetTimestamp();
        var folder = Directory.CreateTempSubdirectory("rf3d-fuzz-").FullName;
        try
        {
            var (corpusFolder, work) = (Path.Combine(folder, "corpus"), Path.Combine(folder, "work"));
            Directory.CreateDirectory(corpusFolder);
            Directory.CreateDirectory(work);
            kind.WriteCorpus(corpusFolder);
            _corpus = Corpus.Read(corpusFolder);
            kind.Prepare(work, application);
            var (next, isSecond) = (from, false);
            while (next < from + count)
                (next, isSecond) = RunChild(corpusFolder, work, next, isSecond);
            _result.Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return _result;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>The next input, and whether it has been tried before.</returns>
    private (long Next, bool IsSecond) RunChild(string corpusFolder, string work, long first, bool isSecond)
    {
        try
        {
            return Watch(corpusFolder, work, first, isSecond);
        }
        finally
        {
            kind.CleanUp(work);
        }
    }

    private (long Next, bool IsSecond) Watch(string corpusFolder, string work, long first, bool isSecond)
    {
        using var child = new ChildProcess(kind, corpusFolder, work, seed, first, from + count);
        var (current, since, done) = ((long?)null, Stopwatch.GetTimestamp(), first);
        while (!child.HasEnded)
        {
            if (child.Line(Look) is { } line)
            {
                if (line.StartsWith(FuzzChild.Begin, StringComparison.Ordinal))
                    (current, since) = (done, Stopwatch.GetTimestamp());
                else if (FuzzOutcome.Parse(line) is { } outcome)
                {
                    Count(outcome);
                    (current, done, isSecond) = (null, outcome.Index + 1, false);
                }
                continue;
            }
            if (child.Memory is var memory && memory > FuzzLimits.Memory && current is { } large)
            {
                _result.PeakMemory = Math.Max(_result.PeakMemory, memory);
                Fail(large, $"More than 1 GB of memory ({memory / 1e6:0} MB).");
                return (large + 1, false);
            }
            var time = Stopwatch.GetElapsedTime(since);
            if (current is { } slow && time > limit * kind.Together)
            {
                if (!isSecond)
                    return (slow, true);
                Fail(slow, $"No end within {limit.TotalSeconds} s, twice.");
                return (slow + 1, false);
            }
            if (current is null && time > FuzzLimits.Start)
                throw new InvalidOperationException($"The child process for {kind.Name} did not begin within {FuzzLimits.Start.TotalMinutes} minutes.");
        }
        if (current is { } ended)
        {
            Fail(ended, $"The process ended: {child.Ending()}");
            return (ended + 1, false);
        }
        return child.ExitCode == 0 && done == from + count
            ? (done, false)
            : throw new InvalidOperationException($"The child process for {kind.Name} failed outside of any input: {child.Ending()}");
    }

    private void Count(FuzzOutcome outcome)
    {
        _result.Longest = Math.Max(_result.Longest, outcome.Seconds);
        _result.PeakMemory = Math.Max(_result.PeakMemory, outcome.Peak);
        if (outcome.Peak > FuzzLimits.Memory)
            Fail(outcome.Index, $"More than 1 GB of memory ({outcome.Peak / 1e6:0} MB).");
        else if (outcome.Verdict == FuzzVerdict.Failed)
            Fail(outcome.Index, outcome.Text);
        else
        {
            var counts = outcome.Verdict == FuzzVerdict.Read ? _result.Successes : _result.Errors;
            counts[outcome.Text] = counts.GetValueOrDefault(outcome.Text) + 1;
        }
    }

    /// <summary>Keeps the input with its fault.</summary>
    private void Fail(long index, string what)
    {
        var input = FuzzInput.Of(kind, _corpus!, seed, index);
        Directory.CreateDirectory(findings);
        var path = Path.Combine(findings, input.FileName(kind.Name, seed));
        File.WriteAllBytes(path, input.Content);
        File.WriteAllText(path + ".txt", $"{input.File.Name}: {input.Changes}\n{what}\n");
        _result.Failures.Add(new(index, input.File.Name, what));
        Console.WriteLine($"{kind.Name} {index} ({input.File.Name}): {(what.Length > 400 ? what[..400] : what)}");
    }
}
