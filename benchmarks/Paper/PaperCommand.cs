using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the paper's tables.</summary>
internal static class PaperCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("paper", "Trains the rows of the paper's Table 2, 3 or 6 by one recipe, and writes their accuracies beside the paper's. Finished trainings are kept in a log; a later run skips them.");
        var table = new Option<int>("--table") { Description = "The table: 2, 3 or 6.", Required = true };
        table.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && !PaperTables.Numbers.Contains(number))
                result.AddError($"Tables of accuracies on CIFAR-10 are {string.Join(", ", PaperTables.Numbers)}.");
        });
        var data = new Option<string?>("--data") { Description = "CIFAR-10 as folders: FOLDER/{train,test}/class/*." };
        var rows = new Option<string[]>("--rows") { Description = "Rows to train. Default: all.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var seeds = new Option<int[]>("--seeds") { Description = "Seeds: all rows by the first, then all by the next.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3] };
        var device = new Option<string>("--device") { Description = "Where to train.", DefaultValueFactory = _ => "auto" };
        device.AcceptOnlyFromAmong("auto", "cpu", "cuda");
        var epochs = new Option<int>("--epochs") { Description = "Passes over the training images.", DefaultValueFactory = _ => 15 };
        var images = new Option<int>("--images") { Description = "Training images, the same for every row and seed, evenly from all classes.", DefaultValueFactory = _ => 50_000 };
        var batch = new Option<int>("--batch") { Description = "Images in a step.", DefaultValueFactory = _ => 128 };
        var schedule = new Option<LearningRateSchedule>("--schedule") { Description = "How the learning rate changes; PaperSteps is the paper's, scaled to the epochs.", DefaultValueFactory = _ => LearningRateSchedule.OneCycle };
        var rate = new Option<double?>("--learning-rate") { Description = "Highest learning rate. Default: the paper's 0.1, for other batches than 128 by the root of their ratio." };
        var precision = new Option<TrainingPrecision>("--precision") { Description = "Numbers that convolutions multiply while training.", DefaultValueFactory = _ => TrainingPrecision.Auto };
        var log = new Option<string>("--log") { Description = "File that finished trainings are appended to.", DefaultValueFactory = _ => "docs/benchmarks/paper.jsonl" };
        var resume = new Option<string[]>("--resume") { Description = "Logs of other times: what they hold is not trained again.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var parallel = new Option<int>("--parallel") { Description = "Trainings at once, in processes of their own, where one leaves a GPU idle.", DefaultValueFactory = _ => 1 };
        var minutes = new Option<double>("--minutes") { Description = "No training begins that may take longer than the remaining time. Default: no limit.", DefaultValueFactory = _ => double.PositiveInfinity };
        var reportOnly = new Option<bool>("--report-only") { Description = "Train nothing: write the report of what the logs hold." };
        var output = new Option<string?>("--output") { Description = "Where to write the report. Default: docs/benchmarks/paper-table-N.md." };
        foreach (var option in (Option[])[table, data, rows, seeds, device, epochs, images, batch, schedule, rate, precision, log, resume, parallel, minutes, reportOnly, output])
            command.Add(option);

        command.SetAction(arguments =>
        {
            var wanted = PaperTables.Of(arguments.GetValue(table));
            var (path, others) = (arguments.GetValue(log)!, arguments.GetValue(resume)!);
            IReadOnlyList<PaperResult> results;
            if (arguments.GetValue(reportOnly))
            {
                results = [.. others.Append(path).Where((file, place) => place < others.Length || File.Exists(file)).SelectMany(PaperLog.Read)];
            }
            else
            {
                var folder = arguments.GetValue(data) ?? throw new InvalidOperationException("--data says where the images are.");
                var limit = arguments.GetValue(minutes);
                TorchNative.EnsureLoaded();
                var (chosen, numbers) = PaperBenchmark.Choose(arguments.GetValue(device)!, arguments.GetValue(precision));
                var size = arguments.GetValue(batch);
                results = PaperBenchmark.Train(
                    new(wanted, arguments.GetValue(rows)!, arguments.GetValue(seeds)!, folder, path, others, Math.Max(1, arguments.GetValue(parallel)), double.IsFinite(limit) ? TimeSpan.FromMinutes(limit) : TimeSpan.MaxValue),
                    new(arguments.GetValue(epochs), size, arguments.GetValue(images), arguments.GetValue(schedule), arguments.GetValue(rate) ?? PaperRecipe.LearningRateFor(size), numbers, chosen));
            }
            PaperReport
                .Write(wanted, results, commandLine([.. args.Select(argument => argument == arguments.GetValue(data) ? "CIFAR" : argument)]))
                .Save(arguments.GetValue(output) ?? $"docs/benchmarks/paper-table-{wanted.Number}.md");
        });
        return command;
    }

    /// <summary>The command that <see cref="PaperWorker"/> starts.</summary>
    public static Command CreateTarget()
    {
        var command = new Command(PaperWorker.Command, "Started by paper.") { Hidden = true };
        var data = new Option<string>("--data") { Description = "The images.", Required = true };
        var recipe = new Option<string>("--recipe") { Description = "How to train, as JSON.", Required = true };
        command.Add(data);
        command.Add(recipe);
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            using var trainer = new PaperTrainer(arguments.GetValue(data)!, PaperResult.Read<PaperRecipe>(arguments.GetValue(recipe)!));
            PaperWorker.Run(trainer);
        });
        return command;
    }
}
