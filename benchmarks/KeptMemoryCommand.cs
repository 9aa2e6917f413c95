using System.CommandLine;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of <see cref="TorchRuntime.KeepMemory"/>, and the commands that it and a test start.</summary>
internal static class KeptMemoryCommand
{
    private const string TestTarget = "kept-memory-target";

    /// <summary>Whether a command decides by itself whether the process keeps memory.</summary>
    public static bool Decides(string[] args) => args is [TestTarget or KeptMemorySpeed.Command, ..];

    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("kept-memory", "Training images per second on a CPU with and without TorchRuntime.KeepMemory(), by network and image size, and the memory that it costs.");
        var networks = new Option<Architecture[]>("--networks") { Description = "Networks.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [Architecture.MobileNet, Architecture.ResNet18Slim] };
        var sizes = new Option<int[]>("--sizes") { Description = "Height and width of the images.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [224, 32] };
        var (batch, precision) = (Batch(), Precision());
        var rounds = new Option<int>("--rounds") { Description = "Rounds: trainings with and trainings without.", DefaultValueFactory = _ => 5 };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/kept-memory.md" };
        foreach (var option in (Option[])[networks, sizes, batch, precision, rounds, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            KeptMemoryBenchmark
                .Run(
                    arguments.GetValue(networks)!, arguments.GetValue(sizes)!, arguments.GetValue(batch), arguments.GetValue(precision), arguments.GetValue(rounds), commandLine(args))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }

    /// <summary>Child process of <see cref="KeptMemoryBenchmark"/>.</summary>
    public static Command CreateTarget()
    {
        var command = new Command(KeptMemorySpeed.Command, "Started by kept-memory.") { Hidden = true };
        var network = new Option<Architecture>("--network") { Description = "The network.", Required = true };
        var size = new Option<int>("--size") { Description = "Height and width of the images.", Required = true };
        var keeps = new Option<bool>("--keep") { Description = "Whether the process keeps memory.", Required = true };
        var (batch, precision) = (Batch(), Precision());
        foreach (var option in (Option[])[network, size, batch, precision, keeps])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            KeptMemorySpeed.Run(arguments.GetValue(network), arguments.GetValue(size), arguments.GetValue(batch), arguments.GetValue(precision), arguments.GetValue(keeps));
        });
        return command;
    }

    /// <summary>Child process of a test.</summary>
    public static Command CreateTestTarget()
    {
        var command = new Command(TestTarget, "Started by a test.") { Hidden = true };
        command.SetAction(_ =>
        {
            TorchNative.EnsureLoaded();
            KeptMemoryTarget.Run();
        });
        return command;
    }

    private static Option<int> Batch() => new("--batch-size") { Description = "Images in a batch.", DefaultValueFactory = _ => 32 };

    private static Option<TrainingPrecision> Precision() =>
        new("--number-precision") { Description = "Precision of convolutions.", DefaultValueFactory = _ => TrainingPrecision.Float32 };
}
