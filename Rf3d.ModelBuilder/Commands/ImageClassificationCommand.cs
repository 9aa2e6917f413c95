using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d image-classification</c>: plans, trains, measures, and generates the application.</summary>
internal static class ImageClassificationCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var (training, model) = (new TrainingOptions(), ModelOptions.ForApplication());
        var kind = new Option<ApplicationKind>("--target")
        {
            HelpName = "mlnet|onnx",
            Description = "What to generate: mlnet (a console application, a web service and a training project on ML.NET) or onnx (a library, a console application and a page for browsers that use ONNX Runtime and not ML.NET).",
            DefaultValueFactory = _ => ApplicationKind.MLNet,
        };
        var command = new Command("image-classification", "Plans and trains an image classifier, measures it, writes a report, and generates applications that use it.") { kind };
        training.AddTo(command);
        model.AddTo(command);
        training.Dataset.Required = true;
        command.SetAction(arguments =>
        {
            var request = training.Request(arguments);
            using var target = ApplicationTarget.Prepare(model.Folder(arguments), model.Name(arguments), request, model.Force(arguments), model.HasReport(arguments), arguments.GetValue(kind));
            return new TrainingFlow(console, arguments.GetValue(model.Json), cancellation).Train(request, target);
        });
        return command;
    }
}
