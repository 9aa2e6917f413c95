using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The options of <c>rf3d export --torchrun</c>: those of a training, except for those that a machine decides.</summary>
internal sealed class TorchrunExportOptions
{
    // Options that belong to the command line of train.py, or have no counterpart there.
    private static readonly string[] Foreign =
    [
        "--train-time", "--checkpoint-directory", "--validation-dataset", "--test-dataset", "--skip-bad-images", "--exclude", "--adaptation",
        "--device", "--deterministic", "--image-storage", "--max-image-memory", "--image-cache-directory",
    ];

    private readonly TrainingOptions _training = new();

    public Option<string?> Folder { get; } = new("--torchrun")
    {
        HelpName = "FOLDER",
        Description = "The folder to write: a training that PyTorch's torchrun starts, on any number of GPUs. Give either MODEL, to train it further, or --dataset and the options of a training.",
    };

    public void AddTo(Command command, Argument<string?> model, Option<string?> onnx, ApplicationExportOptions application, QuantizeExportOptions quantize)
    {
        command.Add(Folder);
        _training.AddTo(command);
        command.Validators.Add(result =>
        {
            var given = result.Children.OfType<OptionResult>().Where(option => !option.Implicit).Select(option => option.Option.Name).ToList();
            var hasModel = result.GetResult(model) is { Tokens.Count: > 0 };
            string[] forms = [onnx.Name, application.Target.Name, quantize.Precision.Name, Folder.Name];
            if (given.Count(forms.Contains) != 1)
                result.AddError($"One of {string.Join(", ", forms[..^1])} and {forms[^1]} is needed, and not more.");
            else if (given.Contains(quantize.Precision.Name))
                quantize.Check(result, given, hasModel);
            else if (given.Contains(onnx.Name))
                CheckModel(result, given, hasModel, onnx.Name, ["--no-orientation", "--force"]);
            else if (given.Contains(application.Target.Name))
                CheckModel(result, given, hasModel, application.Target.Name, application.Allowed);
            else if (given.Find(name => application.Own.Contains(name) || quantize.Own.Contains(name)) is { } other)
                result.AddError($"{other} cannot go with {Folder.Name}.");
            else
                CheckTorchrun(result, given, hasModel);
        });
    }

    /// <summary>The options of the training; those of images count for the other forms of the command, too.</summary>
    public TrainingRequest Request(ParseResult arguments) => _training.Request(arguments);

    /// <summary>Writes the folder.</summary>
    /// <param name="console">Where to report.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The model to train further; null for a new one.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Write(CommandConsole console, ParseResult arguments, string? model, CancellationToken cancellation)
    {
        var (request, folder) = (_training.Request(arguments), arguments.GetValue(Folder)!);
        TorchBackend.Prepare();
        var options = request.Options();
        (options.ValidationSetFraction, options.CancellationToken) = ((float)request.ValidationFraction, cancellation);
        var mlContext = new MLContext(request.Seed);
        mlContext.Log += Warn;
        var images = model is null ? InFolders(DataSets.Load(mlContext, request), request.Dataset) : null;
        cancellation.ThrowIfCancellationRequested();
        var plan = images is null
            ? TorchrunExport.Write(mlContext, model!, options, folder, request.ApplyOrientation)
            : TorchrunExport.Write(mlContext, images, options, folder);
        console.Out.WriteLine(Numbers.Text($"Saved {folder}: {plan.Optimized.Name} on {plan.Optimized.Input.Height}x{plan.Optimized.Input.Width} images, {Numbers.Count(plan.OptimizedCost.Parameters)} parameters. Its README.md says how to train it; 'rf3d import --torchrun' makes the model."));

        void Warn(object? sender, LoggingEventArgs log)
        {
            if (log.Kind == ChannelMessageKind.Warning && log.Source == nameof(TorchrunExport))
                console.Error.WriteLine($"warning: {log.RawMessage}");
        }
    }

    /// <summary>The training images.</summary>
    /// <exception cref="CommandException">Their labels are not the names of folders.</exception>
    private ImageFolderDataView InFolders(DataSets data, string dataset)
    {
        var form = data.Source.Train switch
        {
            { Table.File: { } table } => $"the labels of the images are in the table '{table}'",
            { Mnist: not null } => $"'{dataset}' has the files of MNIST",
            _ => null,
        };
        return form is null
            ? data.Train
            : throw new CommandException($"{Folder.Name}: {form}, and train.py reads image files in a folder for each class only. Put the images into such folders, and name these with {_training.Dataset.Name}.");
    }

    private static void CheckModel(CommandResult result, List<string> given, bool hasModel, string option, IReadOnlyList<string> allowed)
    {
        if (!hasModel)
            result.AddError($"{option} needs a MODEL.");
        if (given.Find(name => name != option && !allowed.Contains(name)) is { } other)
            result.AddError($"{other} cannot go with {option}.");
    }

    private void CheckTorchrun(CommandResult result, List<string> given, bool hasModel)
    {
        if (hasModel == given.Contains(_training.Dataset.Name))
            result.AddError($"{Folder.Name} needs either a MODEL to train further, or {_training.Dataset.Name} with the images of a new one.");
        foreach (var name in given.Where(Foreign.Contains))
            result.AddError($"{name} cannot go with {Folder.Name}: it belongs to a training on this machine.");
        string[] network = ["--image-size", "--resizing", .. TrainingOptionTable.Network.Options.Select(option => option.Flag)];
        if (hasModel && given.Find(network.Contains) is { } own)
            result.AddError($"{own} cannot go with a MODEL, whose network stays as it is.");
    }
}
