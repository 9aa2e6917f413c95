using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmarks of pretrained weights.</summary>
internal static class PretrainedCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("pretrained", "Accuracy, log loss and time of pretrained weights, beside ML.NET's own DnnFeaturizeImage with the same weights. With --few: with few images of each class. With --organized: an organized network against the whole one.");
        var data = new Option<string>("--data") { Description = "Photographs: FOLDER/{train,val}/class/*; with --few also test in place of val.", Required = true };
        var seeds = new Option<int[]>("--seeds") { Description = "Seeds. Default: 1 to 5; with --few 1 to 3.", AllowMultipleArgumentsPerToken = true };
        var few = new Option<bool>("--few") { Description = "From nothing, stock ML.NET, Probe and FineTune with few images of each class." };
        var organized = new Option<bool>("--organized") { Description = "Whole and organized networks of the same weights, five times five-fold; --size is not read, --sizes is." };
        var sizes = new Option<int[]>("--sizes") { Description = "With --organized: heights and widths that the networks see.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [224, 160, 128] };
        var images = new Option<int[]>("--images") { Description = "With --few: training images of each class.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 20, 50, 100] };
        var test = new Option<int>("--test-images") { Description = "With --few: test images of each class at most.", DefaultValueFactory = _ => 200 };
        var size = new Option<int?>("--size") { Description = "With --few: height and width that our pretrained networks see, for small images; 224 enlarges them as stock ML.NET does. Default: worked out." };
        var crop = new Option<double?>("--crop-fraction") { Description = "With --few: share of the resized images that our pretrained networks see. Default: what the weights expect." };
        var only = new Option<string[]>("--only") { Description = "With --few: ways to train by, by their names in the report. Default: all.", AllowMultipleArgumentsPerToken = true };
        var log = new Option<string?>("--log") { Description = "File of finished trainings, which are not done again. Default: none; with --few docs/benchmarks/pretrained-few.jsonl, with --organized pretrained-organized.jsonl." };
        var output = new Option<string?>("--output") { Description = "Where to write the report. Default: docs/benchmarks/pretrained.md; with --few pretrained-few-NAME.md, with --organized pretrained-organized.md." };
        foreach (var option in (Option[])[data, seeds, few, organized, sizes, images, test, size, crop, only, log, output])
            command.Add(option);

        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var folder = arguments.GetValue(data)!;
            var line = commandLine([.. args.Select(argument => argument == folder ? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)).ToUpperInvariant() : argument)]);
            int[] Seeds(params int[] otherwise) => arguments.GetValue(seeds) is { Length: > 0 } given ? given : otherwise;
            if (arguments.GetValue(few))
            {
                FewImagesBenchmark
                    .Run(folder, arguments.GetValue(images)!, Seeds(1, 2, 3), arguments.GetValue(test), new(arguments.GetValue(size), arguments.GetValue(crop)), arguments.GetValue(only) ?? [], arguments.GetValue(log) ?? "docs/benchmarks/pretrained-few.jsonl", line)
                    .Save(arguments.GetValue(output) ?? $"docs/benchmarks/pretrained-few-{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}.md");
                return;
            }
            if (arguments.GetValue(organized))
            {
                OrganizedBenchmark.Run(folder, arguments.GetValue(sizes)!, Seeds(1, 2, 3, 4, 5), arguments.GetValue(log) ?? "docs/benchmarks/pretrained-organized.jsonl", line)
                    .Save(arguments.GetValue(output) ?? "docs/benchmarks/pretrained-organized.md");
                return;
            }
            PretrainedBenchmark.Run(folder, Seeds(1, 2, 3, 4, 5), arguments.GetValue(log), line).Save(arguments.GetValue(output) ?? "docs/benchmarks/pretrained.md");
        });
        return command;
    }
}
