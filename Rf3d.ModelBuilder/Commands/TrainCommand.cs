using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d train</c>: a model without generated code, or a model again from its .mbconfig file.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var (training, model) = (new TrainingOptions(), ModelOptions.ForFile("training", hasReport: false));
        var config = new Option<string?>("--training-config") { HelpName = "FILE", Description = "A .mbconfig file of rf3d or of Model Builder. Trains with its settings and replaces the model in its folder." };
        var command = new Command("train", "Plans and trains an image classifier and measures it, without generating code.");
        var source = new Option<string?>("--continue-from") { HelpName = "MODEL.zip", Description = "A saved model to train further with more images, and with more classes if --dataset has them. It is replaced if a comparison shows that the accuracy of the new model is less than 2 points lower." };
        command.Add(config);
        command.Add(source);
        // The options that do not go with a model to continue are known before it is read.
        training.AddTo(command, result => result.GetValue(source));
        model.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is null == result.GetResult(training.Dataset) is null)
                result.AddError("Either --dataset or --training-config is needed, and not both.");
            else if (result.GetResult(source) is not null && model.NameGiven(result) is { } given)
                result.AddError($"{given} cannot go with --continue-from, whose model is replaced, or gets the new one beside it. Copy the model first to keep its name for the old one.");
            else if (result.GetResult(config) is not null && result.Children.OfType<OptionResult>()
                .FirstOrDefault(option => !option.Implicit && option.Option != config && option.Option != model.Json && option.Option != training.CheckpointDirectory) is { } other)
                result.AddError($"{other.Option.Name} cannot go with --training-config, which says it all. Change the file, or train without it.");
        });
        command.SetAction(arguments =>
        {
            var (request, target) = arguments.GetValue(config) is { } path ? Again(path, training.CheckpointFolder(arguments))
                : arguments.GetValue(source) is { } old ? Further(old, arguments)
                : New(arguments);
            using (target)
                return new TrainingFlow(console, arguments.GetValue(model.Json), cancellation).Train(request, target);
        });
        return command;

        (TrainingRequest Request, ModelTarget Target) Further(string path, ParseResult arguments)
        {
            var request = training.Request(arguments) with { ContinueFrom = SourceModel.Open(path) };
            var isForScript = arguments.GetValue(model.Json);
            return (request, new ContinuedModelTarget(request.ContinueFrom, request, model.Force(arguments), isForScript ? console.Error : console.Out, isForScript ? null : console.Ask("Replace the old model with the new one?", cancellation)));
        }

        (TrainingRequest Request, ModelTarget Target) New(ParseResult arguments)
        {
            var (request, path) = (training.Request(arguments), Path.Combine(model.Folder(arguments), $"{model.Name(arguments)}.zip"));
            return (request, ModelFileTarget.Prepare(path, model.Force(arguments), request.CheckpointDirectory, model.HasReport(arguments)));
        }
    }

    private static (TrainingRequest Request, ModelTarget Target) Again(string configPath, string? checkpoints)
    {
        var request = MbConfig.Read(configPath) with { CheckpointDirectory = checkpoints };
        return (request, ModelFileTarget.Beside(configPath, request));
    }
}
