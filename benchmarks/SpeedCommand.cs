using System.CommandLine;
using Rf3d.MLNet;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmarks of training speed: on a CPU against loops, on a GPU by network, batch and optimizer.</summary>
internal static class SpeedCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("speed", "Training images per second: the trainer's engine against a raw TorchSharp loop, its ceiling, and against a plain one.");
        var networks = new Option<string[]>("--networks") { Description = "Networks. Default: those of docs/benchmarks.", AllowMultipleArgumentsPerToken = true };
        networks.AcceptOnlyFromAmong([.. SpeedBenchmark.NetworkNames.Union(DeviceCase.Names)]);
        var batch = new Option<int[]>("--batch") { Description = "Images in a batch. Default: 128; on a GPU 1024 and 128.", AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int?>("--rounds") { Description = "Rounds. Default: 5; on a GPU 3." };
        var device = DeviceOption();
        var engineOnly = new Option<bool>("--engine-only") { Description = "Only the trainer's engine, as on a GPU, where no raw loop is." };
        var forms = new Option<StepForms[]>("--forms") { Description = "Forms of a step, on a GPU.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [StepForms.Gpu] };
        var optimizers = new Option<TrainingOptimizer[]>("--optimizers") { Description = "Optimizers, on a GPU; Muon with identity branches, as by default.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [TrainingOptimizer.Sgd, TrainingOptimizer.Muon] };
        var images = new Option<int>("--images") { Description = "Images of an epoch of batches of 1024, on a GPU; smaller ones have fewer.", DefaultValueFactory = _ => 16_384 };
        var largeBatch = new Option<int>("--large-batch") { Description = "Images of 224 pixels in a batch, on a GPU.", DefaultValueFactory = _ => 256 };
        var seconds = SecondsOption();
        var isProfile = new Option<bool>("--profile") { Description = "Where the time of a step goes, in place of the table." };
        var isGraph = new Option<bool>("--graph") { Description = "With --profile: a step as a CUDA graph, on Linux." };
        var isForProfiler = new Option<bool>("--mark") { Description = "With --profile: one step for a profiler to look at." };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/speed.md" };
        foreach (var option in (Option[])[networks, batch, rounds, device, engineOnly, forms, optimizers, images, largeBatch, seconds, isProfile, isForProfiler, isGraph, output])
            command.Add(option);

        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var place = DeviceNamed(arguments.GetValue(device)!);
            var (names, sizes) = (arguments.GetValue(networks), arguments.GetValue(batch));
            if (place.type != TorchSharp.DeviceType.CUDA && !arguments.GetValue(engineOnly))
            {
                SpeedBenchmark
                    .Run(names is { Length: > 0 } ? names : SpeedBenchmark.NetworkNames, sizes is { Length: > 0 } ? sizes : [128], arguments.GetValue(rounds) ?? 5, commandLine(args))
                    .Save(arguments.GetValue(output)!);
                return;
            }
            names = names is { Length: > 0 } ? names : [.. DeviceCase.Names];
            sizes = sizes is { Length: > 0 } ? sizes : [1024, 128];
            var (stepForms, steps) = (arguments.GetValue(forms)!, arguments.GetValue(optimizers)!);
            if (arguments.GetValue(isProfile))
            {
                Profile(place, names, sizes, steps, stepForms, arguments.GetValue(rounds) ?? 10, arguments.GetValue(isForProfiler), arguments.GetValue(isGraph));
                return;
            }
            DeviceSpeed
                .Run(
                    new(
                        place, names, sizes, stepForms, steps, arguments.GetValue(rounds) ?? 3, arguments.GetValue(images), arguments.GetValue(seconds), arguments.GetValue(largeBatch)),
                    commandLine(args))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }

    public static Option<string> DeviceOption() => new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu" };

    public static Option<double> SecondsOption() => new("--seconds") { Description = "After so many seconds nothing new is begun, on a GPU.", DefaultValueFactory = _ => 600 };

    public static Device DeviceNamed(string name)
    {
        if (name.StartsWith("cuda", StringComparison.Ordinal) && !cuda.is_available())
            throw new InvalidOperationException("TorchSharp sees no GPU.");
        return new Device(name == "cuda" ? "cuda:0" : name);
    }

    private static void Profile(Device device, string[] networks, int[] batches, TrainingOptimizer[] optimizers, StepForms[] forms, int steps, bool isForProfiler, bool isGraph)
    {
        foreach (var network in networks)
        {
            foreach (var batch in batches)
            {
                using var place = new DeviceCase(network, batch, 1, device);
                foreach (var optimizer in optimizers)
                {
                    foreach (var form in forms)
                        StepProfile.Run(place, optimizer, form, steps: steps, isForProfiler, isGraph);
                }
            }
        }
    }
}
