using System.CommandLine;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of trainings beside other processes, and the command that it starts.</summary>
internal static class SharedMachineCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("shared-machine", "Training images per second on a CPU beside busy processes, beside another training and under a limit, by number of threads and settings of OpenMP.");
        var training = new TrainingOptions(command);
        var rounds = new Option<int>("--rounds") { Description = "Trainings of each way in each situation.", DefaultValueFactory = _ => 3 };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/shared-machine.md" };
        command.Add(rounds);
        command.Add(output);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var reports = SharedMachineBenchmark.Run(
                arguments.GetValue(training.Network), arguments.GetValue(training.Size), arguments.GetValue(training.Batch), arguments.GetValue(training.Precision),
                arguments.GetValue(training.WarmUp), arguments.GetValue(training.Seconds), arguments.GetValue(rounds), commandLine(args));
            foreach (var report in reports)
                report.Save(arguments.GetValue(output)!);
        });
        return command;
    }

    /// <summary>Child process of <see cref="SharedMachineBenchmark"/>.</summary>
    public static Command CreateTarget()
    {
        var command = new Command(SharedTraining.Command, "Started by shared-machine.") { Hidden = true };
        var training = new TrainingOptions(command);
        var adapts = new Option<bool>("--adapt") { Description = "Whether the number of threads follows the cores that are free.", Required = true };
        command.Add(adapts);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            SharedTraining.Run(
                arguments.GetValue(training.Network), arguments.GetValue(training.Size), arguments.GetValue(training.Batch), arguments.GetValue(training.Precision),
                arguments.GetValue(adapts), arguments.GetValue(training.WarmUp), arguments.GetValue(training.Seconds));
        });
        return command;
    }

    /// <summary>Child process of <see cref="BusyProcess"/>.</summary>
    public static Command CreateBusyTarget()
    {
        var command = new Command(BusyProcess.Command, "Computes until its input ends.") { Hidden = true };
        command.SetAction(_ => BusyProcess.Run());
        return command;
    }

    private sealed class TrainingOptions
    {
        public TrainingOptions(Command command)
        {
            foreach (var option in (Option[])[Network, Size, Batch, Precision, WarmUp, Seconds])
                command.Add(option);
        }

        public Option<Architecture> Network { get; } = new("--network") { Description = "The network.", DefaultValueFactory = _ => Architecture.ResNet18Slim };

        public Option<int> Size { get; } = new("--size") { Description = "Height and width of the images.", DefaultValueFactory = _ => 32 };

        public Option<int> Batch { get; } = new("--batch-size") { Description = "Images in a step.", DefaultValueFactory = _ => 32 };

        public Option<TrainingPrecision> Precision { get; } =
            new("--number-precision") { Description = "Precision of convolutions.", DefaultValueFactory = _ => TrainingPrecision.Float32 };

        public Option<double> WarmUp { get; } = new("--warm-up") { Description = "Seconds of a training before it is timed.", DefaultValueFactory = _ => 6 };

        public Option<double> Seconds { get; } = new("--seconds") { Description = "Seconds that are timed.", DefaultValueFactory = _ => 6 };
    }
}
