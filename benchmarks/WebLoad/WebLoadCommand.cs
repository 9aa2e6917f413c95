using System.CommandLine;

namespace Rf3d.Benchmarks;

/// <summary>A part of the benchmark.</summary>
internal enum WebLoadPart
{
    /// <summary>Images a second and the time to the answer, beside bare ONNX Runtime; alone on the machine.</summary>
    Speed,

    /// <summary>Mixed load for a long time: errors and memory. Other programs may run beside it.</summary>
    Endurance,
}

/// <summary>The command line of the benchmark of the generated web API.</summary>
internal static class WebLoadCommand
{
    private static readonly string[] Training = ["--architecture", "ResNet18Slim", "--image-size", "32", "--epoch", "2", "--batch-size", "16", "--no-report"];

    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("web-load", "The generated web API under load: speed beside bare ONNX Runtime, errors, memory, and its end with requests in flight.");
        var parts = new Option<WebLoadPart[]>("--part") { Description = "The parts to measure; the report keeps the other part.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Enum.GetValues<WebLoadPart>() };
        var minutes = new Option<double>("--minutes") { Description = "Minutes of the mixed load.", DefaultValueFactory = _ => 30 };
        var clients = new Option<int>("--clients") { Description = "Clients that send at a time.", DefaultValueFactory = _ => 4 * Environment.ProcessorCount };
        var overload = new Option<int>("--overload-clients") { Description = "Clients in the phases of overload.", DefaultValueFactory = _ => 200 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of the figures of speed.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--phase-seconds") { Description = "Seconds of a phase of the figures of speed.", DefaultValueFactory = _ => 5 };
        var application = new Option<string?>("--application") { Description = "A generated application that was built, or a folder to make one in. Default: one is made and deleted." };
        var busy = new Option<bool>("--busy") { Description = "Say in the report that other programs ran beside it." };
        var output = new Option<string>("--output") { Description = "Where to write the report; a .json beside it keeps the figures.", DefaultValueFactory = _ => "docs/benchmarks/web-load.md" };
        var reportOnly = new Option<bool>("--report-only") { Description = "Measure nothing, and write the report of the figures in the .json." };
        foreach (var option in (Option[])[parts, minutes, clients, overload, rounds, seconds, application, busy, output, reportOnly])
            command.Add(option);
        command.SetAction(arguments =>
        {
            var (folder, path) = (arguments.GetValue(application), arguments.GetValue(output)!);
            if (arguments.GetValue(reportOnly))
            {
                Keep(path, results => results);
                return 0;
            }
            // Where the application and the report lie does not matter to others.
            var line = commandLine([.. args.Where((argument, i) => argument is not ("--application" or "--output") && (i == 0 || args[i - 1] is not ("--application" or "--output")))]);
            var temporary = folder is null ? Directory.CreateTempSubdirectory("rf3d-web-load-application-").FullName : null;
            try
            {
                var program = GeneratedService.Program(folder ?? temporary!, Training);
                var conditions = new PartConditions(line, [.. HardwareFingerprint.Onnx], arguments.GetValue(busy));
                if (arguments.GetValue(parts)!.Contains(WebLoadPart.Speed))
                {
                    var speed = SpeedRun.Run(program, arguments.GetValue(clients), arguments.GetValue(rounds), TimeSpan.FromSeconds(arguments.GetValue(seconds)), conditions);
                    Keep(path, results => results with { Speed = speed });
                }
                if (!arguments.GetValue(parts)!.Contains(WebLoadPart.Endurance))
                    return 0;
                var endurance = EnduranceRun.Run(program, TimeSpan.FromMinutes(arguments.GetValue(minutes)), arguments.GetValue(clients), arguments.GetValue(overload), conditions);
                Keep(path, results => results with { Endurance = endurance });
                return endurance.Faults.Count == 0 ? 0 : 1;
            }
            finally
            {
                if (temporary is not null)
                    Directory.Delete(temporary, recursive: true);
            }
        });
        return command;
    }

    private static void Keep(string path, Func<WebLoadResults, WebLoadResults> add)
    {
        var results = add(WebLoadResults.Read(Path.ChangeExtension(path, ".json")));
        results.Save(Path.ChangeExtension(path, ".json"));
        WebLoadReport.Of(results).Save(path);
    }
}
