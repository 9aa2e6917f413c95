using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

using Rf3d.Benchmarks;

namespace Rf3d.Fuzz;

/// <summary>A <see cref="FuzzChild"/> with its lines, and its last lines about errors.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int LongestError = 2000;

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly Lock _lock = new();
    private string _error = "";

    public ChildProcess(FuzzKind kind, string corpusFolder, string folder, ulong seed, long from, long end)
    {
        var program = Environment.ProcessPath ?? "dotnet";
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // An executable of its own knows what it runs.
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        string[] arguments =
            [FuzzChild.Command, kind.Name, corpusFolder, folder, seed.ToString(CultureInfo.InvariantCulture), from.ToString(CultureInfo.InvariantCulture), end.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in (string[])[.. assembly, .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_GCHeapHardLimit"] = FuzzLimits.ManagedMemory;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, data) =>
        {
            if (data.Data is null)
                _lines.CompleteAdding();
            else
                _lines.Add(data.Data);
        };
        _process.ErrorDataReceived += (_, data) =>
        {
            lock (_lock)
                _error = string.Concat(_error, data.Data, "\n") is var error && error.Length > LongestError ? error[..LongestError] : error;
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Memory that it has now, in bytes.</summary>
    public long Memory => ProcessMemory.Resident(_process.Id);

    /// <summary>Whether it has ended and no line is left.</summary>
    public bool HasEnded => _lines.IsCompleted;

    /// <summary>The next line, or null if there is none for a moment.</summary>
    public string? Line(TimeSpan wait) => _lines.TryTake(out var line, wait) ? line : null;

    /// <summary>A description of how it ended. After its end.</summary>
    public string Ending()
    {
        _process.WaitForExit();
        lock (_lock)
            return string.Create(CultureInfo.InvariantCulture, $"exit code {_process.ExitCode}. {_error.Trim()}");
    }

    public int ExitCode
    {
        get
        {
            _process.WaitForExit();
            return _process.ExitCode;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _lines.Dispose();
    }
}
