using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d image-classification</c>: plans, trains, measures, and generates the application.</summary>
internal static class ImageClassificationCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var training = new TrainingOptions();
        var name = new Option<string>("--name") { HelpName = "NAME", Description = "Name of the model: of its files, its projects and its class, which is NAMEModel where C# or the generated code uses NAME for something else.", DefaultValueFactory = _ => ModelName.Default };
        var output = new Option<string>("--output", "-o") { HelpName = "FOLDER", Description = "Folder in which a folder of the model's name is made.", DefaultValueFactory = _ => "." };
        var force = new Option<bool>("--force") { Description = "Replace generated files that are there already; others stay." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON; how training goes is on standard error then." };
        var noReport = new Option<bool>("--no-report") { Description = "Write no report; it reads all images once more." };
        var command = new Command("image-classification", "Plans and trains an image classifier, measures it, reports on it, and generates a console application and a web service around it.");
        training.AddTo(command);
        foreach (var option in new Option[] { name, output, force, noReport, json })
            command.Add(option);
        training.Dataset.Required = true;
        command.SetAction(arguments =>
        {
            var request = training.Request(arguments);
            var model = arguments.GetValue(name)!;
            ModelName.Check(model);
            // All that can be wrong is found before the training, not after it.
            var target = Path.Combine(Path.GetFullPath(arguments.GetValue(output)!), model);
            if (request.CheckpointDirectory is { } inside && $"{inside}{Path.DirectorySeparatorChar}".StartsWith($"{target}{Path.DirectorySeparatorChar}", StringComparison.OrdinalIgnoreCase))
                throw new CommandException($"--checkpoint-directory lies in '{target}', which is made as a whole when the training is done. Choose a folder beside it.");
            var interrupted = request.CheckpointDirectory is { } checkpoints ? new InterruptedModel(target, checkpoints) : null;
            using var folder = OutputFolder.Prepare(
                arguments.GetValue(output)!, model, $"{model}.mbconfig", arguments.GetValue(force) || interrupted?.IsTarget() is true);
            var (mlContext, data) = ClassifierTraining.Load(request);
            var isForScript = arguments.GetValue(json);
            using var trained = new ClassifierTraining(console, isForScript) { OutputFolder = folder.Staging }.Run(request, mlContext, data, cancellation);

            var modelPath = Path.Combine(folder.Staging, $"{model}.zip");
            var (evaluation, reportPath) = ModelRescue.Run(trained.Save, model, Path.GetDirectoryName(target)!, () =>
            {
                trained.Save(modelPath);
                var measured = ClassifierTraining.Evaluate(modelPath, data, request, console.Error);
                var report = arguments.GetValue(noReport) ? null : TrainingReport.Write(trained, model, folder.Staging, console.Error);
                ApplicationGenerator.Write(folder.Staging, model, request, trained.Model, data, measured, report is not null);
                var outcome = new TrainingOutcome(measured.MicroAccuracy, trained.Elapsed.TotalSeconds, trained.Model.History);
                File.WriteAllText(Path.Combine(folder.Staging, $"{model}.mbconfig"), MbConfig.Write(request, outcome, $"{model}.zip"));
                folder.Commit();
                return (measured, report);
            });
            interrupted?.Remember(trained.IsCancelled);

            var result = new TrainingResult(Path.Combine(folder.Target, $"{model}.zip"), trained, evaluation)
            {
                ReportPath = reportPath is null ? null : Path.Combine(folder.Target, reportPath),
            };
            if (isForScript)
            {
                console.Out.WriteLine(result.ToJson());
            }
            else
            {
                result.Write(console);
                WriteNextSteps(console, Path.GetRelativePath(".", folder.Target), model);
            }
            return cancellation.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Ok;
        });
        return command;
    }

    private static void WriteNextSteps(CommandConsole console, string folder, string name)
    {
        console.Out.WriteLine($"Generated {folder}:");
        console.Out.WriteLine($"  dotnet run --project {Path.Combine(folder, $"{name}_ConsoleApp")} -- IMAGE");
        console.Out.WriteLine($"  dotnet run --project {Path.Combine(folder, $"{name}_WebApi")}         then: curl -F image=@IMAGE http://localhost:5000/predict");
        console.Out.WriteLine($"  rf3d predict {Path.Combine(folder, $"{name}.zip")} FOLDER");
    }
}
