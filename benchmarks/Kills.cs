using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>
/// Kills a process that trains (<c>kill -9</c>) at random moments and starts it again, as often as asked, then lets it end; and compares its weights with
/// those of a process that nobody disturbed.
/// </summary>
internal static class Kills
{
    /// <summary>Longest time from the start of the training to the kill.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(0.5);

    /// <exception cref="InvalidOperationException">The weights differ, a resumed process failed, or the training was over before the last kill.</exception>
    public static Report Run(int count, int epochs, int seed, string commandLine)
    {
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("rf3d-kills-").FullName;
        try
        {
            TorchNative.EnsureLoaded();
            var checkpoints = Path.Combine(folder, "checkpoints");
            var undisturbed = Finish(null, epochs, out var undisturbedTime);
            Console.WriteLine($"undisturbed: {undisturbed} in {undisturbedTime.TotalSeconds:0.0} s");
            List<string[]> rows = [];
            for (var kill = 1; kill <= count; kill++)
            {
                var delay = Kill(checkpoints, epochs, random);
                rows.Add([Number(kill), Number(delay.TotalMilliseconds), Latest(checkpoints), Number(Left(checkpoints, "*.tmp").Length)]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
            var resumed = Finish(checkpoints, epochs, out _);
            if (resumed != undisturbed)
                throw new InvalidOperationException($"The weights differ: {undisturbed} undisturbed, {resumed} after {count} kills.");

            var report = new Report();
            report.Heading(1, "Kills and resumptions");
            report.Paragraph($"`{commandLine}`");
            report.List(
            [
                .. Surroundings.Torch,
                FormattableString.Invariant($"{epochs} epochs of 9 batches of 20 drawn images, a checkpoint after every batch; batch normalisation, momentum, dropout, random crops and flips"),
                FormattableString.Invariant($"Each process is killed (SIGKILL) at a random moment, up to {Longest.TotalSeconds:0.0} s after its training began; the next one goes on from what it finds"),
            ]);
            report.Paragraph($"**{count} kills, {count} resumptions, the same weights**, bit by bit: SHA-256 `{resumed}` with and without kills.");
            report.Table(["kill", "ms after the training began", "latest checkpoint: epochs complete, batches of the next", "unfinished files left"], rows);
            return report;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TimeSpan Kill(string checkpoints, int epochs, Random random)
    {
        using var process = Start(checkpoints, epochs);
        while (process.StandardOutput.ReadLine() is { } line && line != KillTarget.Ready)
        {
        }
        var delay = Longest * random.NextDouble();
        var ended = process.WaitForExit(delay);
        process.Kill();
        process.WaitForExit();
        return ended
            ? throw new InvalidOperationException($"The process ended by itself, with exit code {process.ExitCode}, before it was killed: {process.StandardError.ReadToEnd()} If it was done, give it more --epochs.")
            : delay;
    }

    private static string Finish(string? checkpoints, int epochs, out TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Start(checkpoints, epochs);
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        time = Stopwatch.GetElapsedTime(start);
        return process.ExitCode == 0 ? lines[^1] : throw new InvalidOperationException($"The training failed with exit code {process.ExitCode}: {error.Result}");
    }

    private static Process Start(string? checkpoints, int epochs)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] arguments = [typeof(Kills).Assembly.Location, "kill-target", "--epochs", Number(epochs), .. checkpoints is null ? (string[])[] : ["--checkpoints", checkpoints]];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // What counts here is a quick start.
        start.Environment["DOTNET_TieredCompilation"] = "1";
        return Process.Start(start)!;
    }

    private static string Latest(string checkpoints) =>
        Left(checkpoints, "*.safetensors").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).LastOrDefault() is { } name
            ? string.Join(", ", name.Split('-')[1..].Select(number => Number(int.Parse(number, CultureInfo.InvariantCulture))))
            : "none yet";

    private static string[] Left(string checkpoints, string pattern) => Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, pattern) : [];

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
