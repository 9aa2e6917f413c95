using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d experiment</c>: looks for the best network and recipe, and keeps its model.</summary>
internal static class ExperimentCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var (options, model) = (new ExperimentOptions(), ModelOptions.ForFile("the experiment", hasReport: true));
        var directory = new Option<string?>("--experiment-directory") { HelpName = "FOLDER", Description = "Folder of the log and the checkpoints, from which the same command resumes after an interruption. Default: NAME.experiment in the folder of the model." };
        var command = new Command("experiment", "Plans and measures many networks, trains the highest ranked within a time limit, and keeps the best model.");
        options.AddTo(command);
        command.Add(directory);
        model.AddTo(command);
        command.SetAction(arguments =>
        {
            var (folder, name, settings) = (model.Folder(arguments), model.Name(arguments), options.Settings(arguments));
            settings.ExperimentDirectory = Path.GetFullPath(arguments.GetValue(directory) ?? Path.Combine(folder, $"{name}.experiment"));
            using var target = ModelFileTarget.Prepare(Path.Combine(folder, $"{name}.zip"), model.Force(arguments), settings.ExperimentDirectory, model.HasReport(arguments));
            return new TrainingFlow(console, arguments.GetValue(model.Json), cancellation).Train(options.Request(arguments), settings, target);
        });
        return command;
    }
}
