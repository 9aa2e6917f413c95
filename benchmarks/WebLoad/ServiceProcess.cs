using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>A generated web API as a separate process, at a separate address.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int LongestLog = 4000;

    private static readonly string[] Errors = ["fail:", "crit:", "Unhandled exception"];

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private string _log = "";
    private int _errors;

    private ServiceProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, data) => Take(data.Data);
        process.ErrorDataReceived += (_, data) => Take(data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address => new(_address.Task.Result);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Seconds of processor time that it has used.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Lines of its log that begin the report of an error.</summary>
    public int LoggedErrors
    {
        get
        {
            lock (_lock)
                return _errors;
        }
    }

    /// <summary>The last that it wrote.</summary>
    public string Log
    {
        get
        {
            lock (_lock)
                return _log;
        }
    }

    /// <param name="program">The .dll.</param>
    /// <param name="temporary">A folder for its temporary files.</param>
    /// <exception cref="InvalidOperationException">It ends before it has an address.</exception>
    public static ServiceProcess Start(string program, string temporary)
    {
        var start = new ProcessStartInfo(DotNetHost.Path, program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["ASPNETCORE_URLS"], start.Environment["DOTNET_ENVIRONMENT"]) = ("http://127.0.0.1:0", "Production");
        (start.Environment["TMPDIR"], start.Environment["TMP"]) = (temporary, temporary);
        var service = new ServiceProcess(Process.Start(start)!);
        if (Task.WhenAny(service._address.Task, service._process.WaitForExitAsync()).Result != service._address.Task)
        {
            using (service)
                throw new InvalidOperationException($"The web API does not start. {service.Ending()}");
        }
        return service;
    }

    /// <summary>Asks it to stop, as a container does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <returns>The exit code; null where it does not end in time.</returns>
    public int? WaitForExit(TimeSpan limit) => _process.WaitForExit(limit) ? _process.ExitCode : null;

    /// <summary>How it ended, as text. Valid after its end.</summary>
    public string Ending()
    {
        _process.WaitForExit();
        return string.Create(CultureInfo.InvariantCulture, $"Exit code {_process.ExitCode}. {Log.Trim()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _log = string.Concat(_log, line, "\n") is var log && log.Length > LongestLog ? log[^LongestLog..] : log;
            _errors += Errors.Any(error => line.StartsWith(error, StringComparison.Ordinal)) ? 1 : 0;
        }
        if (line.IndexOf("http://127", StringComparison.Ordinal) is >= 0 and var place)
            _address.TrySetResult(line[place..].Trim());
    }
}
