using System.CommandLine;
using System.CommandLine.Parsing;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>The options that all commands which train one network have.</summary>
internal sealed class TrainingOptions
{
    private const int MaximumImageSize = 4096;

    private readonly SharedOptions _shared = new();
    private readonly Option<double?> _trainTime = new("--train-time") { HelpName = "SECONDS", Description = "Seconds that the training may take. Without --epoch, as many epochs are trained as fit into this time, at least one unless there is a classifier on pretrained features." };
    private readonly Option<TrainingPreset?> _preset = new("--preset") { HelpName = "PRESET", Description = $"The training recipe: {string.Join(", ", Enum.GetNames<TrainingPreset>())}. Other options change single settings of the recipe. It does not change which images are held out (--validation-fraction). Default: Default." };
    private readonly Option<Size2D?> _imageSize = new("--image-size") { HelpName = "SIZE", Description = "Height and width of the network's input in pixels: N, or HEIGHTxWIDTH. With a crop (--crop-fraction), images are resized to a larger size first. Default: chosen from the images.", CustomParser = argument => ImageSizeParser.Parse(argument, MaximumImageSize) };
    private readonly Option<string?> _checkpoints = new("--checkpoint-directory") { HelpName = "FOLDER", Description = "Folder to save checkpoints in. If the training is interrupted, the same command resumes it from there." };

    private readonly TableOptions _network = new([TrainingOptionTable.Network]);

    public TrainingOptions() => OptionLimits.AtLeast(_trainTime, 0.001);

    public Option<string?> Dataset => _shared.Dataset;

    /// <summary>The one option that may go with a .mbconfig file: it belongs to the run, not to the model.</summary>
    public Option<string?> CheckpointDirectory => _checkpoints;

    /// <param name="command">The command.</param>
    /// <param name="continued">The path of the model that the command line says to continue; null where the command has no such option.</param>
    public void AddTo(Command command, Func<CommandResult, string?>? continued = null)
    {
        foreach (var option in new Option[] { _preset, _trainTime, _imageSize, _checkpoints })
            command.Add(option);
        _network.AddTo(command);
        _shared.AddTo(command);
        TableOptions.Check(command, arguments => (Request(arguments) with { ContinueFrom = continued?.Invoke(arguments) is { } path ? new(path, []) : null }).Options());
    }

    public TrainingRequest Request(ParseResult arguments) => Request(arguments.CommandResult);

    /// <summary>Full path of the folder of checkpoints, if the command line names one.</summary>
    public string? CheckpointFolder(ParseResult arguments) => CheckpointFolder(arguments.CommandResult);

    private TrainingRequest Request(CommandResult arguments)
    {
        var shared = _shared.Request(arguments);
        return shared with
        {
            TrainTime = arguments.GetValue(_trainTime),
            // No default of the option: validators see values before defaults are filled in.
            Preset = arguments.GetValue(_preset) ?? TrainingPreset.Default,
            ImageSize = arguments.GetValue(_imageSize),
            CheckpointDirectory = CheckpointFolder(arguments),
            Chosen = [.. _network.Values(arguments), .. shared.Chosen],
        };
    }

    private string? CheckpointFolder(CommandResult arguments) => arguments.GetValue(_checkpoints) is { } folder ? Path.GetFullPath(folder) : null;
}
