using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of audits.</summary>
internal static class AuditCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("audit", "How many labels that were changed on purpose an audit lists first, and how many changed copies of images it finds.");
        var data = new Option<string[]>("--data") { Description = "Images: FOLDER/class/*, or FOLDER/{train,val}/class/*.", AllowMultipleArgumentsPerToken = true, Required = true };
        var images = new Option<int>("--images") { Description = "Images of each class at most, the first by name.", DefaultValueFactory = _ => 1000 };
        var sizes = new Option<int[]>("--sizes") { Description = "Sizes that the network sees; 0 for the one that is worked out.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0] };
        var repetitions = new Option<int[]>("--repetitions") { Description = "How often labels are cross-validated.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [new ImageAuditOptions().Repetitions] };
        var seeds = new Option<int[]>("--seeds") { Description = "Draws of the labels that are changed.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
        var copies = new Option<int>("--copies") { Description = "Images of which changed copies are looked for; 0 for none.", DefaultValueFactory = _ => 200 };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/audit.md" };
        foreach (var option in (Option[])[data, images, sizes, repetitions, seeds, copies, output])
            command.Add(option);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var folders = arguments.GetValue(data)!;
            AuditBenchmark
                .Run(
                    new(folders, arguments.GetValue(images), arguments.GetValue(sizes)!, arguments.GetValue(repetitions)!, arguments.GetValue(seeds)!, arguments.GetValue(copies)),
                    commandLine([.. args.Select(argument => folders.Contains(argument) ? AuditData.NameOf(argument).ToUpperInvariant() : argument)]))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }
}
