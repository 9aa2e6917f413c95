using System.CommandLine;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>The options of an experiment: the search space, the budgets and the time. The defaults are the library's.</summary>
internal sealed class ExperimentOptions
{
    private static readonly Rf3dExperimentSettings Defaults = new();

    private readonly SharedOptions _shared = new();
    private readonly Option<double> _trainTime = new("--train-time") { HelpName = "SECONDS", Description = "Seconds that the experiment may take. The measured speed determines how many candidates are trained in this time.", DefaultValueFactory = _ => Defaults.MaxExperimentTimeInSeconds };
    private readonly Option<Architecture[]> _architectures = Several<Architecture>("--architecture", "NETWORK", $"Networks to start from: {string.Join(", ", Enum.GetNames<Architecture>())}.", Defaults.SearchSpace.Architectures);
    private readonly Option<double[]> _widths = Several("--width-multiplier", "FACTOR", "Factors on the channels of every convolution.", Defaults.SearchSpace.WidthMultipliers);
    private readonly Option<string[]> _pretrained = Several("--pretrained", "NAME", "Weights to start from: none, names that 'rf3d install-weights --list' lists, or files. auto is none and, for photographs and fewer than 1,000 small images, also weights trained on ImageNet if they are on this machine.", Defaults.SearchSpace.Pretrained);
    private readonly Option<string[]> _decompositions = Several("--decomposition", "BLOCK", "Cheap kernels in place of convolutions: off, auto, or a block such as dw+pw or dw+rpw-g2-o50.", [.. Defaults.SearchSpace.Decompositions.Select(decomposition => decomposition.ToString())]);
    private readonly Option<int[]> _imageSizes = Several("--image-size", "N", "Heights and widths of the network's input in pixels. For pretrained networks, images are resized to a larger size first and cropped. Default: chosen from the images.", Defaults.SearchSpace.ImageSizes);
    private readonly Option<TrainingPreset[]> _presets = Several("--preset", "PRESET", $"Training recipes: {string.Join(", ", Enum.GetNames<TrainingPreset>())}.", [TrainingPreset.Default]);
    private readonly Option<int> _maxModels = new("--max-models") { HelpName = "N", Description = "Number of candidates to train: those that are ranked first, before any training.", DefaultValueFactory = _ => Defaults.MaxModels };
    private readonly Option<long?> _maxMacs = new("--max-macs") { HelpName = "N", Description = "Most multiply-accumulates for one image." };
    private readonly Option<long?> _maxParameters = new("--max-parameters") { HelpName = "N", Description = "Most learned parameters." };
    private readonly Option<long?> _maxModelBytes = new("--max-model-bytes") { HelpName = "N", Description = "Largest size of the model in bytes." };
    private readonly Option<double?> _maxLatency = new("--max-latency") { HelpName = "MS", Description = "Longest time to score one image on the processor of this machine, in milliseconds." };

    public ExperimentOptions()
    {
        _shared.Dataset.Required = true;
        OptionLimits.Decompositions(_decompositions);
        OptionLimits.AtLeast(_trainTime, 1);
        OptionLimits.AtMost(_trainTime, uint.MaxValue);
        OptionLimits.Above(_widths, 0);
        OptionLimits.AtMost(_widths, 16);
        OptionLimits.AtLeast(_imageSizes, 1);
        OptionLimits.AtMost(_imageSizes, 4096);
        foreach (var option in new Option[] { _maxModels, _maxMacs, _maxParameters, _maxModelBytes })
            OptionLimits.AtLeast(option, 1);
        OptionLimits.Above(_maxLatency, 0);
    }

    public void AddTo(Command command)
    {
        _shared.AddTo(command);
        foreach (var option in new Option[]
            { _trainTime, _architectures, _pretrained, _widths, _decompositions, _imageSizes, _presets, _maxModels, _maxMacs, _maxParameters, _maxModelBytes, _maxLatency })
            command.Add(option);
        TableOptions.Check(command, arguments => _shared.Request(arguments).Options());
    }

    /// <summary>The images, and the settings that all candidates share.</summary>
    public TrainingRequest Request(ParseResult arguments) => _shared.Request(arguments.CommandResult);

    /// <summary>The settings but for directory, callbacks and cancellation.</summary>
    public Rf3dExperimentSettings Settings(ParseResult arguments)
    {
        var request = Request(arguments);
        return new()
        {
            MaxExperimentTimeInSeconds = (uint)Math.Ceiling(arguments.GetValue(_trainTime)),
            MaxModels = arguments.GetValue(_maxModels),
            MaxMacs = arguments.GetValue(_maxMacs),
            MaxParameters = arguments.GetValue(_maxParameters),
            MaxModelBytes = arguments.GetValue(_maxModelBytes),
            MaxLatencyMilliseconds = arguments.GetValue(_maxLatency),
            Seed = request.Seed,
            TrainerOptions = request.Options(),
            SearchSpace = new()
            {
                Architectures = arguments.GetValue(_architectures)!,
                // The file is looked for from here, wherever the settings are read later.
                Pretrained = [.. arguments.GetValue(_pretrained)!.Select(name => File.Exists(name) ? Path.GetFullPath(name) : name)],
                WidthMultipliers = arguments.GetValue(_widths)!,
                Decompositions = [.. arguments.GetValue(_decompositions)!.Select(text => Decomposition.Parse(text))],
                ImageSizes = arguments.GetValue(_imageSizes)!,
                Recipes = [.. arguments.GetValue(_presets)!.Select(preset => Recipe(preset, request))],
            },
        };
    }

    /// <summary>Options of the command line take precedence over those of a preset.</summary>
    private static Rf3dRecipe Recipe(TrainingPreset preset, TrainingRequest request)
    {
        var recipe = Rf3dRecipe.FromPreset(preset);
        return recipe with
        {
            Configure = options =>
            {
                recipe.Configure(options);
                request.Apply(options);
            },
        };
    }

    private static Option<T[]> Several<T>(string name, string helpName, string description, IReadOnlyList<T> defaults) => new(name)
    {
        HelpName = $"{helpName} ...",
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. defaults],
    };
}
