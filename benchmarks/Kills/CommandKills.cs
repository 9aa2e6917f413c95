using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>
/// Kills commands of rf3d (<c>kill -9</c>) at random moments of all they do, looks at the files that they leave, and runs them again to their end: nothing half-written, nothing left, the same result.
/// </summary>
internal static class CommandKills
{
    private const int ImagesPerClass = 12;
    private const int MostInARow = 4;

    private static readonly string[] Training = ["--dataset", "DATA", "--epoch", "3", "--image-size", "16", "--batch-size", "8", "--architecture", "mobilenet", "--width-multiplier", "0.25", "--device", "cpu", "--seed", "7"];

    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("command-kills", "Commands of rf3d that are killed at random moments: what do they leave, and does the next run end with the same result?");
        var count = new Option<int>("--count") { Description = "Number of kills.", DefaultValueFactory = _ => 200 };
        var seed = new Option<int>("--seed") { Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/command-kills.md" };
        command.Add(count);
        command.Add(seed);
        command.Add(output);
        command.SetAction(arguments =>
        {
            var (report, faults) = Run(arguments.GetValue(count), arguments.GetValue(seed), commandLine(args));
            report.Save(arguments.GetValue(output)!);
            return faults == 0 ? 0 : 1;
        });
        return command;
    }

    public static (Report Report, int Faults) Run(int count, int seed, string commandLine)
    {
        var random = new Random(seed);
        var root = Directory.CreateTempSubdirectory("rf3d-command-kills-").FullName;
        try
        {
            TorchNative.EnsureLoaded();
            var dataset = Path.Combine(root, "data");
            Draw(dataset);
            var commands = Commands(root, dataset);
            foreach (var command in commands)
            {
                command.Measure();
                Console.WriteLine($"measured: {command.Name}");
            }
            List<string[]> rows = [];
            List<string> faults = [];
            var finished = 0;
            for (var round = 0; rows.Count < count; round++)
            {
                var command = commands[round % commands.Count];
                command.Reset();
                var state = command.Replaces ? KilledState.Complete : KilledState.Absent;
                for (var row = 0; row < MostInARow && rows.Count < count; row++)
                {
                    if (command.Kill(random, out var failure) is not { } kill)
                    {
                        Note(failure);
                        state = KilledState.Complete;
                        break;
                    }
                    var fault = command.FaultAfterKill(out state);
                    rows.Add([Number(rows.Count + 1), command.Name, kill.When, kill.Phase, fault ?? state.ToString().ToLowerInvariant()]);
                    Note(fault);
                    // The same command would rightly refuse to replace it; and now and then the next run is the last.
                    if ((state == KilledState.Complete && !command.Replaces) || random.Next(4) == 0)
                        break;
                }
                Note(command.FaultOfNextRun(isForced: state == KilledState.Complete));
                finished++;

                void Note(string? fault)
                {
                    var line = $"after kill {rows.Count}, {command.Name}: {fault ?? "as it should be"}";
                    Console.WriteLine($"{string.Join("  ", rows.LastOrDefault() ?? [])}: {line}");
                    if (fault is not null)
                        faults.Add(line);
                }
            }
            return (Write(commandLine, commands, rows, faults, finished), faults.Count);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static Report Write(string commandLine, IReadOnlyList<KilledCommand> commands, List<string[]> rows, List<string> faults, int finished)
    {
        var report = new Report();
        report.Heading(1, "Commands that are killed");
        report.Paragraph($"`{commandLine}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            "Each process is killed (SIGKILL) at a random moment of the time that the command takes, every other one at a random moment after its model is first written, so that report and code are hit, too; up to four times in a row. Then the command runs to its end",
            "After each kill, what is in the output folder under its name must be complete: nothing or all of an application, and nothing, the model, or the model and its report of the others; a model loads and has the weights, plan and scores of an undisturbed run, the report ends, the configuration parses, the generated code is the same byte for byte",
            "After each run to the end, all of that must be there, and no temporary file, folder or lock, neither beside the output nor in the folder of temporary files",
        ]);
        report.Paragraph($"**{rows.Count} kills, {finished} runs to the end, {faults.Count} faults.**");
        if (faults.Count > 0)
            report.List(faults);
        report.List(commands.Select(command => $"{command.Name}: `{command.CommandLine}`{(command.Replaces ? ", of a complete output" : "")}"));
        report.Table(["killed while", .. commands.Select(command => command.Name)], rows.GroupBy(row => row[3]).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (string[])[group.Key, .. commands.Select(command => Number(group.Count(row => row[1] == command.Name)))]));
        report.Table(["kill", "command", "ms", "while", "output"], rows);
        return report;
    }

    private static List<KilledCommand> Commands(string root, string dataset)
    {
        string[] training = [.. Training.Select(argument => argument == "DATA" ? dataset : argument)];
        return
        [
            new("application", root, dataset, ["image-classification", .. training, "--name", "App", "--output", "OUT", "--checkpoint-directory", "WORK"]) { IsWhole = true },
            new("application replaced", root, dataset, ["image-classification", .. training, "--name", "App", "--output", "OUT"]) { Replaces = true, IsWhole = true },
            new("model with image cache", root, dataset, ["train", .. training, "--name", "App", "--output", "OUT", "--checkpoint-directory", "WORK/checkpoints", "--image-storage", "cache", "--image-cache-directory", "WORK/cache"]),
            new("experiment", root, dataset,
            [
                "experiment", "--dataset", dataset, "--epoch", "2", "--image-size", "16", "--batch-size", "8", "--architecture", "mobilenet", "--width-multiplier", "0.25", "--preset", "default", "--decomposition", "off", "dw+pw",
                "--max-models", "2", "--train-time", "3600", "--device", "cpu", "--seed", "7", "--name", "App", "--output", "OUT", "--experiment-directory", "WORK",
            ]),
        ];
    }

    private static void Draw(string folder)
    {
        var data = new MLContext(1).Data.LoadDrawnShapes(3 * 10 * ImagesPerClass, 1, size: 16);
        var counts = new Dictionary<uint, int>();
        var (image, label) = (data.Schema["Image"], data.Schema["Label"]);
        using var cursor = data.GetRowCursor([image, label]);
        var (getImage, getLabel) = (cursor.GetGetter<Microsoft.ML.Data.MLImage>(image), cursor.GetGetter<uint>(label));
        uint key = 0;
        Microsoft.ML.Data.MLImage picture = null!;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            var number = counts.GetValueOrDefault(key);
            if (key > 3 || number == ImagesPerClass)
                continue;
            getImage(ref picture);
            var path = Path.Combine(folder, Number(key), $"{Number(number)}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            picture.Save(path);
            counts[key] = number + 1;
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
