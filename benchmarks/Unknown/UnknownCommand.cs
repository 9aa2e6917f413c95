using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of images unlike all classes.</summary>
internal static class UnknownCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("unknown", "How well scores tell images of classes that were held out of training from those of known classes, and what calibration brings. Finished trainings are kept, so that it may be ended and started again.");
        var cifar = new Option<string>("--cifar") { Description = "CIFAR-10 as folders: FOLDER/{train,test}/class/*.", Required = true };
        var photographs = new Option<string>("--photographs") { Description = "Photographs of a few classes: FOLDER/{train,val}/class/*.", Required = true };
        var elsewhere = new Option<string>("--elsewhere") { Description = "A folder of other photographs.", Required = true };
        var tasks = new Option<string[]>("--tasks") { Description = $"Tasks: {string.Join(", ", OpenSetTasks.Names)}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. OpenSetTasks.Names] };
        var seeds = new Option<int[]>("--seeds") { Description = "Seeds of the held-out classes and of the images.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3, 4, 5] };
        var work = new Option<string>("--work") { Description = "Folder of the finished trainings.", Required = true };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/unknown-images.md" };
        foreach (var option in (Option[])[cifar, photographs, elsewhere, tasks, seeds, work, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var folders = new OpenSetFolders(arguments.GetValue(cifar)!, arguments.GetValue(photographs)!, arguments.GetValue(elsewhere)!);
            var kept = Directory.CreateDirectory(arguments.GetValue(work)!).FullName;
            List<(string Task, int Seed, OpenSetSplit Split)> splits = [];
            foreach (var (task, seed) in arguments.GetValue(tasks)!.SelectMany(task => arguments.GetValue(seeds)!.Select(seed => (task, seed))))
            {
                var file = Path.Combine(kept, FormattableString.Invariant($"{task}-{seed}.split"));
                if (!File.Exists(file))
                    OpenSetTasks.Run(task, seed, folders, kept).Save(file);
                var split = OpenSetSplit.Load(file);
                Console.WriteLine(FormattableString.Invariant($"{task}, seed {seed}: {split.Seconds:0} s {split.Note}"));
                splits.Add((task, seed, split));
            }
            UnknownReport.Write(splits, commandLine([.. args.Select(argument => argument == folders.Cifar ? "CIFAR" : argument == folders.Photographs ? "ANTS-BEES" : argument == folders.Elsewhere ? "ELSEWHERE" : argument == arguments.GetValue(work) ? "WORK" : argument)]))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }
}
