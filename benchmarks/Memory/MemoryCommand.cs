using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of memory, and the command that it and a test start.</summary>
internal static class MemoryCommand
{
    public static bool IsTarget(string[] args) => args is [MemoryBenchmark.Target, ..];

    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("memory", "The memory that trainings take, beside the memory that is worked out before they start.");
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/memory.md" };
        var (networks, batch, device) = (Networks(), Batch(), SpeedCommand.DeviceOption());
        foreach (var option in (Option[])[networks, batch, device, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            MemoryBenchmark
                .Run(arguments.GetValue(networks)!, arguments.GetValue(batch), arguments.GetValue(device)!, commandLine(args))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }

    public static Command CreateTarget()
    {
        var command = new Command(MemoryBenchmark.Target, "Started by memory.") { Hidden = true };
        var (networks, batch, device) = (Networks(), Batch(), SpeedCommand.DeviceOption());
        var forms = new Option<StepForms>("--forms") { Description = "Forms of a step." };
        var precision = new Option<TrainingPrecision>("--number-precision") { Description = "Precision of convolutions.", DefaultValueFactory = _ => TrainingPrecision.Float32 };
        foreach (var option in (Option[])[networks, batch, device, forms, precision])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            MemoryCase[] asked = [.. arguments.GetValue(networks)!.Select(name => MemoryCase.Of(name, arguments.GetValue(batch)))];
            MemoryTarget.Run(
                asked.Length > 0 ? asked : MemoryCase.For(arguments.GetValue(forms)), SpeedCommand.DeviceNamed(arguments.GetValue(device)!),
                arguments.GetValue(precision), arguments.GetValue(forms));
        });
        return command;
    }

    private static Option<string[]> Networks() =>
        new("--networks") { Description = "Networks: names of small ones, or an architecture and the size of its images, as in ResNet18@32. Default: those of docs/benchmarks.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    private static Option<int?> Batch() => new("--batch-size") { Description = "Images in a step. Default: those of each small network, and 64." };
}
