using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>A command of rf3d that is killed, in a separate folder, and its result when it is not killed.</summary>
internal sealed class KilledCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly string _root;
    private readonly string _dataset;
    private readonly string[] _arguments;
    private KilledOutput? _undisturbed;
    private TimeSpan _whole;
    private TimeSpan _afterModel;

    /// <param name="name">Its description, for the report.</param>
    /// <param name="root">Where its folder goes.</param>
    /// <param name="dataset">The images.</param>
    /// <param name="arguments">The command line; OUT is the output folder, WORK a folder beside it.</param>
    public KilledCommand(string name, string root, string dataset, params string[] arguments)
    {
        (Name, _dataset) = (name, dataset);
        _root = Path.Combine(root, name.Replace(' ', '-'));
        _arguments = [.. arguments.Select(argument => argument.Replace("OUT", Output, StringComparison.Ordinal).Replace("WORK", Path.Combine(_root, "work"), StringComparison.Ordinal))];
    }

    public string Name { get; }

    /// <summary>Whether a complete output is there before, which the command replaces.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether its files come to be all at once; otherwise one after the other, and the same command completes them.</summary>
    public bool IsWhole { get; init; }

    /// <summary>How the command line reads in the report.</summary>
    public string CommandLine => $"rf3d {string.Join(' ', _arguments.Select(argument => argument.StartsWith(_root, StringComparison.Ordinal) ? Path.GetRelativePath(_root, argument) : argument == _dataset ? "DATA" : argument))}";

    private string Output => Path.Combine(_root, "out");

    private string Temporary => Path.Combine(_root, "temporary");

    private string Before => Path.Combine(_root, "before");

    /// <summary>Runs it to its end, for its result and for the time that it takes.</summary>
    public void Measure()
    {
        Directory.CreateDirectory(Temporary);
        // The first run starts slower than those after it.
        if (Finish(isForced: false) is { } error)
            throw new InvalidOperationException($"{CommandLine}: {error}");
        Directory.Delete(Output, recursive: true);
        Reset();
        var clock = Stopwatch.StartNew();
        using (var process = Start(isForced: false))
        {
            var drained = Drain(process);
            WaitForModel(process);
            var model = clock.Elapsed;
            End(process, drained);
            (_whole, _afterModel) = (clock.Elapsed, clock.Elapsed - model);
        }
        _undisturbed = KilledOutput.Of(Output, _dataset);
        if (Replaces)
            Directory.Move(Output, Before);
    }

    /// <summary>Removes the files of earlier runs, except the temporary files of killed ones, which the next run is to remove.</summary>
    public void Reset()
    {
        foreach (var folder in new[] { Output, Path.Combine(_root, "work") })
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        if (Directory.Exists(Before))
            CopyFolder(Before, Output);
    }

    /// <summary>Starts it and kills it: at any moment of its time, or, every other time, at any moment after its model is first written.</summary>
    /// <param name="random">Draws the moment.</param>
    /// <param name="fault">The error of a process that ended before; null if it ended well, or was killed.</param>
    /// <returns>The time of the kill and the phase that it was in; null where it was done before.</returns>
    public (string When, string Phase)? Kill(Random random, out string? fault)
    {
        fault = null;
        var isLate = random.Next(2) == 0;
        var share = random.NextDouble();
        using var process = Start(isForced: Replaces);
        var drained = Drain(process);
        if (isLate)
            WaitForModel(process);
        var delay = (isLate ? _afterModel : _whole) * share;
        if (process.WaitForExit(delay))
        {
            fault = End(process, drained);
            return null;
        }
        process.Kill();
        process.WaitForExit();
        return (string.Create(CultureInfo.InvariantCulture, $"{delay.TotalMilliseconds:0} after {(isLate ? "the model was begun" : "the start")}"), KilledOutput.PhaseOf(Output, Path.Combine(_root, "work")));
    }

    /// <summary>The fault of the output after a kill; null if it is absent or complete.</summary>
    /// <param name="state">The state of the output.</param>
    public string? FaultAfterKill(out KilledState state)
    {
        state = KilledState.Absent;
        if (!KilledOutput.IsThere(Output))
            return Replaces ? "what was there before is gone" : null;
        var found = KilledOutput.Of(Output, _dataset);
        state = found.Files.Count == _undisturbed!.Files.Count ? KilledState.Complete : KilledState.Part;
        return state == KilledState.Part && !IsWhole ? found.FaultOfParts(_undisturbed) : found.DifferenceTo(_undisturbed);
    }

    /// <summary>Runs it to its end, and compares its result, and the files beside it.</summary>
    /// <param name="isForced">Whether it may replace an output that is there.</param>
    /// <returns>The fault; null where there is none.</returns>
    public string? FaultOfNextRun(bool isForced)
    {
        var error = Finish(isForced);
        if (error is not null)
            return $"the next run failed: {error}";
        if (KilledOutput.Of(Output, _dataset).DifferenceTo(_undisturbed!) is { } difference)
            return difference;
        var left = KilledOutput.Unfinished(_root).Concat(Directory.GetFileSystemEntries(Temporary)).ToList();
        return left.Count == 0 ? null : $"left: {string.Join(", ", left.Select(path => Path.GetRelativePath(_root, path)))}";
    }

    private string? Finish(bool isForced)
    {
        using var process = Start(isForced);
        return End(process, Drain(process));
    }

    private static string? End(Process process, Task<string> drained)
    {
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            return $"it was still running after {Limit.TotalMinutes:0} minutes";
        }
        return process.ExitCode == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}: {drained.Result}");
    }

    private Process Start(bool isForced)
    {
        var start = new ProcessStartInfo(DotNetHost.Path) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] all = [Path.Combine(AppContext.BaseDirectory, "rf3d.dll"), .. _arguments, .. isForced ? (string[])["--force"] : []];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        (start.Environment["TMPDIR"], start.Environment["TMP"]) = (Temporary, Temporary);
        // The pipes of the runtime's own diagnostics stay behind when a process is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    // A pipe that is full would hold the process up.
    private static Task<string> Drain(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        return Task.Run(async () => $"{await output}{await error}".Trim());
    }

    private void WaitForModel(Process process)
    {
        while (!KilledOutput.HasStagedModel(Output) && !process.WaitForExit(2))
        {
        }
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }
}
