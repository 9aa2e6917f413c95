using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d experiment</c>: looks for the best network and recipe, and keeps its model.</summary>
internal static class ExperimentCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var options = new ExperimentOptions();
        var name = new Option<string>("--name") { HelpName = "NAME", Description = "Name of the model.", DefaultValueFactory = _ => ModelName.Default };
        var output = new Option<string>("--output", "-o") { HelpName = "FOLDER", Description = "Folder to write NAME.zip to.", DefaultValueFactory = _ => "." };
        var directory = new Option<string?>("--experiment-directory") { HelpName = "FOLDER", Description = "Folder of the log and the checkpoints, from which the same command goes on if it was interrupted. Default: NAME.experiment beside the model." };
        var force = new Option<bool>("--force") { Description = "Replace a model that is there already." };
        var noReport = new Option<bool>("--no-report") { Description = "Write no report; it reads all images once more." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON; how the experiment goes is on standard error then." };
        var command = new Command("experiment", "Plans and measures many networks, trains the most promising within a time, and keeps the best model.");
        options.AddTo(command);
        foreach (var option in new Option[] { name, output, directory, force, noReport, json })
            command.Add(option);
        command.SetAction(arguments =>
        {
            var model = arguments.GetValue(name)!;
            ModelName.Check(model);
            var folder = Path.GetFullPath(arguments.GetValue(output)!);
            var target = Path.Combine(folder, $"{model}.zip");
            var settings = options.Settings(arguments);
            settings.ExperimentDirectory = Path.GetFullPath(arguments.GetValue(directory) ?? Path.Combine(folder, $"{model}.experiment"));
            var interrupted = new InterruptedModel(target, settings.ExperimentDirectory);
            if (Directory.Exists(target))
                throw new CommandException($"'{target}' is a folder. Choose another --name or --output.");
            using var staged = new StagedFile(target);
            if (File.Exists(target) && !arguments.GetValue(force) && !interrupted.IsTarget())
                throw new CommandException($"'{target}' is there already. Choose another --name or --output, or replace it with --force.");
            var request = options.Request(arguments);
            var (mlContext, data) = ClassifierTraining.Load(request);
            FreeSpace.Require(folder, parameters: 0);
            var isForScript = arguments.GetValue(json);
            using var experiment = new ClassifierExperiment(console, isForScript).Run(settings, mlContext, data, cancellation);

            var evaluation = Finish(experiment.Best, staged, data, request);
            interrupted.Remember(experiment.IsCancelled);
            var report = arguments.GetValue(noReport) ? null : TrainingReport.Write(experiment.Best, model, folder, console.Error);
            var result = new ExperimentResult(experiment, new TrainingResult(target, experiment.Best, evaluation)
            {
                ReportPath = report is null ? null : Path.Combine(folder, report),
                Chosen = "the best candidate and its best epoch",
            });
            if (isForScript)
                console.Out.WriteLine(result.ToJson());
            else
                result.Write(console);
            return cancellation.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Ok;
        });
        return command;

        ImageEvaluation Finish(TrainedClassifier best, StagedFile staged, DataSets data, TrainingRequest request)
        {
            try
            {
                best.Save(staged.Path);
                var evaluation = ClassifierTraining.Evaluate(staged.Path, data, request, console.Error);
                staged.Commit();
                return evaluation;
            }
            catch (Exception error) when (error is CommandException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                throw new CommandException($"{error.Message} Nothing that was trained is lost: the same command goes on from there.", inner: error);
            }
        }
    }
}
