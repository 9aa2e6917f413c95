using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d train</c>: a model without generated code, or a model again from its .mbconfig file.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var (training, model) = (new TrainingOptions(), ModelOptions.ForFile("training", hasReport: false));
        var config = new Option<string?>("--training-config") { HelpName = "FILE", Description = "A .mbconfig file, of rf3d or of Model Builder: trains with what it says and replaces the model beside it." };
        var command = new Command("train", "Plans and trains an image classifier and measures it, without generating code.");
        command.Add(config);
        training.AddTo(command);
        model.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is null == result.GetResult(training.Dataset) is null)
                result.AddError("Either --dataset or --training-config is needed, and not both.");
            else if (result.GetResult(config) is not null && result.Children.OfType<OptionResult>()
                .FirstOrDefault(option => !option.Implicit && option.Option != config && option.Option != model.Json && option.Option != training.CheckpointDirectory) is { } other)
                result.AddError($"{other.Option.Name} cannot go with --training-config, which says it all. Change the file, or train without it.");
        });
        command.SetAction(arguments =>
        {
            var (request, target) = arguments.GetValue(config) is { } path ? Again(path, training.CheckpointFolder(arguments)) : New(arguments);
            using (target)
                return new TrainingFlow(console, arguments.GetValue(model.Json), cancellation).Train(request, target);
        });
        return command;

        (TrainingRequest Request, ModelFileTarget Target) New(ParseResult arguments)
        {
            var (request, path) = (training.Request(arguments), Path.Combine(model.Folder(arguments), $"{model.Name(arguments)}.zip"));
            return (request, ModelFileTarget.Prepare(path, model.Force(arguments), request.CheckpointDirectory, model.HasReport(arguments)));
        }
    }

    private static (TrainingRequest Request, ModelFileTarget Target) Again(string configPath, string? checkpoints)
    {
        var request = MbConfig.Read(configPath) with { CheckpointDirectory = checkpoints };
        return (request, ModelFileTarget.Beside(configPath, request));
    }
}
