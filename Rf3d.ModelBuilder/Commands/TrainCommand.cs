using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d train</c>: a model without generated code, or a model again from its .mbconfig file.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var training = new TrainingOptions();
        var config = new Option<string?>("--training-config") { HelpName = "FILE", Description = "A .mbconfig file, of rf3d or of Model Builder: trains with what it says and replaces the model beside it." };
        var name = new Option<string>("--name") { HelpName = "NAME", Description = "Name of the model.", DefaultValueFactory = _ => ModelName.Default };
        var output = new Option<string>("--output", "-o") { HelpName = "FOLDER", Description = "Folder to write NAME.zip to.", DefaultValueFactory = _ => "." };
        var force = new Option<bool>("--force") { Description = "Replace a model that is there already." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON; how training goes is on standard error then." };
        var command = new Command("train", "Plans and trains an image classifier and measures it, without generating code.");
        command.Add(config);
        training.AddTo(command);
        foreach (var option in new Option[] { name, output, force, json })
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is null == result.GetResult(training.Dataset) is null)
                result.AddError("Either --dataset or --training-config is needed, and not both.");
            else if (result.GetResult(config) is not null && result.Children.OfType<System.CommandLine.Parsing.OptionResult>()
                .FirstOrDefault(option => !option.Implicit && option.Option != config && option.Option != json && option.Option != training.CheckpointDirectory) is { } other)
                result.AddError($"{other.Option.Name} cannot go with --training-config, which says it all. Change the file, or train without it.");
        });
        command.SetAction(arguments =>
        {
            var configPath = arguments.GetValue(config);
            var request = configPath is null
                ? training.Request(arguments)
                : MbConfig.Read(configPath) with { CheckpointDirectory = training.CheckpointFolder(arguments) };
            var modelName = configPath is null ? arguments.GetValue(name)! : Path.GetFileNameWithoutExtension(configPath);
            if (configPath is null)
                ModelName.Check(modelName);
            var target = Path.Combine(
                configPath is null ? Path.GetFullPath(arguments.GetValue(output)!) : Path.GetDirectoryName(Path.GetFullPath(configPath))!, $"{modelName}.zip");
            var interrupted = request.CheckpointDirectory is { } checkpoints ? new InterruptedModel(target, checkpoints) : null;
            using var staged = new StagedFile(target);
            if (configPath is null && File.Exists(target) && !arguments.GetValue(force) && interrupted?.IsTarget() is not true)
                throw new CommandException($"'{target}' is there already. Choose another --name or --output, or replace it with --force.");
            var (mlContext, data) = ClassifierTraining.Load(request);
            var isForScript = arguments.GetValue(json);
            using var trained = new ClassifierTraining(console, isForScript) { OutputFolder = Path.GetDirectoryName(target) }.Run(request, mlContext, data, cancellation);

            var evaluation = ModelRescue.Run(trained.Save, modelName, Path.GetDirectoryName(target)!, () =>
            {
                trained.Save(staged.Path);
                var measured = ClassifierTraining.Evaluate(staged.Path, data, request, console.Error);
                staged.Commit();
                return measured;
            });
            interrupted?.Remember(trained.IsCancelled);
            if (configPath is not null)
            {
                var outcome = new TrainingOutcome(evaluation.MicroAccuracy, trained.Elapsed.TotalSeconds, trained.Model.History);
                AtomicFile.Write(configPath, System.Text.Encoding.UTF8.GetBytes(MbConfig.Write(request, outcome, Path.GetFileName(target))));
            }
            // A report on the model before would tell of one that is gone.
            var hadReport = configPath is not null && File.Exists(Path.ChangeExtension(target, TrainingReport.Extension));
            var report = hadReport ? TrainingReport.Write(trained, modelName, Path.GetDirectoryName(target)!, console.Error) : null;
            var result = new TrainingResult(target, trained, evaluation)
            {
                ReportPath = report is null ? null : Path.Combine(Path.GetDirectoryName(target)!, report),
            };
            if (isForScript)
                console.Out.WriteLine(result.ToJson());
            else
                result.Write(console);
            return cancellation.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Ok;
        });
        return command;
    }
}
