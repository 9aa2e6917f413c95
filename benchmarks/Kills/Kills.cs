using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>
/// Kills a process that trains (<c>kill -9</c>) at random moments and starts it again, as often as asked, then lets it end; and compares its weights with
/// those of an undisturbed process.
/// </summary>
internal static class Kills
{
    /// <summary>Longest time from the start of the training, or of the process, to the kill.</summary>
    private static readonly TimeSpan FromTraining = TimeSpan.FromSeconds(0.5), FromStart = TimeSpan.FromSeconds(1.5);

    // One in so many comes before the training, while the process starts and reads the images, too.
    private const int EarlyKills = 4;

    private static readonly ImageStorage[] Storages = [ImageStorage.Memory, ImageStorage.Cache, ImageStorage.Stream];

    /// <exception cref="InvalidOperationException">The weights differ, a resumed process failed, or the training was over before the last kill.</exception>
    public static Report Run(int count, int epochs, int seed, string commandLine)
    {
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("rf3d-kills-").FullName;
        try
        {
            TorchNative.EnsureLoaded();
            var trainings = Storages.Select(storage => new Training(storage, Path.Combine(folder, $"{storage}"), epochs)).ToList();
            var undisturbed = trainings.ConvertAll(training => training.Finish(isDisturbed: false));
            List<string[]> rows = [];
            for (var kill = 1; kill <= count; kill++)
            {
                var training = trainings[kill % trainings.Count];
                var when = training.Kill(random);
                rows.Add([Number(kill), $"{training.Storage}", when, Latest(training.Checkpoints), Number(Left(training.Checkpoints, "*.tmp").Length)]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
            var resumed = trainings.ConvertAll(training => training.Finish(isDisturbed: true));
            foreach (var (training, (before, after)) in trainings.Zip(undisturbed.Zip(resumed)))
            {
                if (before != after)
                    throw new InvalidOperationException($"The weights differ, images in {training.Storage}: {before} undisturbed, {after} after the kills.");
            }

            if (resumed[Array.IndexOf(Storages, ImageStorage.Memory)] != resumed[Array.IndexOf(Storages, ImageStorage.Cache)])
                throw new InvalidOperationException("The weights differ between images in memory and in a cache file.");

            var report = new Report();
            report.Heading(1, "Kills and resumptions");
            report.Paragraph($"`{commandLine}`");
            report.List(
            [
                .. HardwareFingerprint.Torch,
                FormattableString.Invariant($"{epochs} epochs of 9 batches of 20 drawn images, a checkpoint after every batch; batch normalisation, Muon's momentum, dropout, averaged weights, random crops and flips"),
                FormattableString.Invariant($"Each process is killed (SIGKILL) at a random moment, up to {FromTraining.TotalSeconds:0.0} s after its training began, one in {EarlyKills} up to {FromStart.TotalSeconds:0.0} s after the process did; the next one resumes from what it finds, or starts again if that is nothing yet"),
                "Three trainings in turn, their images in memory, in a cache file and streamed",
            ]);
            report.Paragraph($"**{count} kills, {count} resumptions, the same weights**, bit by bit, with and without kills. SHA-256:");
            report.List(trainings.Zip(resumed, (training, hash) => $"{training.Storage}: `{hash}`"));
            report.Table(["kill", "images", "ms", "latest checkpoint: epochs complete, batches of the next", "unfinished files left"], rows);
            return report;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Latest(string checkpoints) =>
        Left(checkpoints, "*.safetensors").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).LastOrDefault() is { } name
            ? string.Join(", ", name.Split('-')[1..].Select(number => Number(int.Parse(number, CultureInfo.InvariantCulture))))
            : "none yet";

    private static string[] Left(string checkpoints, string pattern) => Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, pattern) : [];

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    /// <summary>The training that is killed, in separate processes.</summary>
    private sealed class Training(ImageStorage storage, string folder, int epochs)
    {
        public ImageStorage Storage => storage;

        public string Checkpoints => Path.Combine(folder, "checkpoints");

        /// <returns>When, for the report.</returns>
        public string Kill(Random random)
        {
            var isEarly = random.Next(EarlyKills) == 0;
            using var process = Start(isDisturbed: true);
            while (!isEarly && process.StandardOutput.ReadLine() is { } line && line != KillTarget.Ready)
            {
            }
            var delay = (isEarly ? FromStart : FromTraining) * random.NextDouble();
            var ended = process.WaitForExit(delay);
            process.Kill();
            process.WaitForExit();
            return ended
                ? throw new InvalidOperationException($"The process ended by itself, with exit code {process.ExitCode}, before it was killed: {process.StandardError.ReadToEnd()} If it was done, give it more --epochs.")
                : $"{Number(delay.TotalMilliseconds)} after the {(isEarly ? "process" : "training")} began";
        }

        /// <returns>A hash of the weights.</returns>
        public string Finish(bool isDisturbed)
        {
            using var process = Start(isDisturbed);
            var error = process.StandardError.ReadToEndAsync();
            var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"The training failed with exit code {process.ExitCode}: {error.Result}");
            Console.WriteLine($"{storage}, {(isDisturbed ? "killed" : "undisturbed")}: {lines[^1]}");
            return lines[^1];
        }

        private Process Start(bool isDisturbed)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            string[] arguments =
            [
                typeof(Kills).Assembly.Location, "kill-target", "--epochs", Number(epochs), "--storage", $"{storage}", "--cache", Path.Combine(folder, isDisturbed ? "cache" : "undisturbed"),
                .. isDisturbed ? (string[])["--checkpoints", Checkpoints] : [],
            ];
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
            // A quick start is important here.
            start.Environment["DOTNET_TieredCompilation"] = "1";
            return Process.Start(start)!;
        }
    }
}
