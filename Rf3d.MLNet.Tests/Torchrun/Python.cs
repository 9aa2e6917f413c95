using System.Diagnostics;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>A Python with torch, if this machine has one.</summary>
internal static class Python
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Skips the test where there is none.</summary>
    public static void Require()
    {
        if (Found.Value is null)
            Assert.Inconclusive("Skipped: there is no Python with torch (python3, /usr/bin/python3, or the one that RF3D_PYTHON names).");
    }

    /// <param name="arguments">Of Python.</param>
    /// <param name="onLine">Receives each line of standard output as it comes.</param>
    public static (int ExitCode, string Output, string Error) Run(IEnumerable<string> arguments, Action<Process, string>? onLine = null) => Run(Found.Value!, arguments, onLine);

    /// <summary>The process that torchrun started as a worker.</summary>
    /// <param name="torchrun">The process of torchrun.</param>
    /// <param name="rank">Which worker.</param>
    public static Process Worker(Process torchrun, int rank)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(name => Path.GetFileName(name).All(char.IsAsciiDigit)))
        {
            try
            {
                var parent = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ')[2];
                if (parent == torchrun.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) && File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains($"RANK={rank}"))
                    return Process.GetProcessById(int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A process that has just ended, or of another user.
            }
        }
        throw new AssertFailedException($"torchrun has no worker {rank}.");
    }

    private static string? Find()
    {
        string[] candidates = Environment.GetEnvironmentVariable("RF3D_PYTHON") is { Length: > 0 } named ? [named] : ["python3", "/usr/bin/python3"];
        return candidates.FirstOrDefault(candidate =>
        {
            try
            {
                return Run(candidate, ["-c", "import torch"], null).ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        });
    }

    private static (int ExitCode, string Output, string Error) Run(string program, IEnumerable<string> arguments, Action<Process, string>? onLine)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        (start.Environment["OMP_NUM_THREADS"], start.Environment["PYTHONDONTWRITEBYTECODE"]) = ("1", "1");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        using var registration = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        var error = process.StandardError.ReadToEndAsync();
        var output = new StringWriter();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.WriteLine(line);
            onLine?.Invoke(process, line);
        }
        process.WaitForExit();
        Assert.IsFalse(limit.IsCancellationRequested, $"{program} was still running after eight minutes: {output}");
        return (process.ExitCode, output.ToString(), error.Result);
    }
}
