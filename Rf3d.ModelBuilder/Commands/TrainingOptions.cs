using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The options that all commands which train have.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string?> _dataset = new("--dataset") { HelpName = "FOLDER", Description = "Folder of the images: FOLDER/class/image.jpg, or FOLDER/{train,val,test}/class/image.jpg." };
    private readonly Option<string?> _validation = new("--validation-dataset") { HelpName = "FOLDER", Description = "Folder of the images by which the best epoch is chosen. Default: 'val' in the dataset, else a fifth of the images." };
    private readonly Option<string?> _test = new("--test-dataset") { HelpName = "FOLDER", Description = "Folder of the images that the result is measured on. Default: 'test' in the dataset, else the validation images." };
    private readonly Option<double?> _trainTime = new("--train-time") { HelpName = "SECONDS", Description = "Seconds that the training may take. Without --epoch, as many epochs are trained as fit; at least one." };
    private readonly Option<int?> _epoch = new("--epoch") { HelpName = "N", Description = "Passes over the images. Default: the preset's (20, fast: 5)." };
    private readonly Option<int?> _batchSize = new("--batch-size") { HelpName = "N", Description = "Images in a training step. Default: the preset's (32)." };
    private readonly Option<Architecture> _architecture = new("--architecture") { HelpName = "NETWORK", Description = $"The network that the plan starts from: {string.Join(", ", Enum.GetNames<Architecture>())}.", DefaultValueFactory = _ => Architecture.ResNet18Slim };
    private readonly Option<string> _decomposition = new("--decomposition") { HelpName = "BLOCK", Description = "Cheap kernels in place of convolutions: off, auto, dw+pw, dw+rpw-g2-o50.", DefaultValueFactory = _ => "off" };
    private readonly Option<Size2D?> _imageSize = new("--image-size") { HelpName = "SIZE", Description = "Size that images are resized to: N, or HEIGHTxWIDTH. Default: worked out from the images.", CustomParser = ParseSize };
    private readonly Option<TrainingPreset> _preset = new("--preset") { HelpName = "PRESET", Description = $"The training recipe: {string.Join(", ", Enum.GetNames<TrainingPreset>())}.", DefaultValueFactory = _ => TrainingPreset.Default };
    private readonly Option<string> _device = new("--device") { HelpName = "DEVICE", Description = "Where to train: auto, cpu, cuda, cuda:1.", DefaultValueFactory = _ => "auto" };
    private readonly Option<TrainingPrecision> _precision = new("--precision") { HelpName = "PRECISION", Description = "Numbers that convolutions multiply while training: auto (bfloat16 where the processor has it), float32, tensorfloat32, bfloat16.", DefaultValueFactory = _ => TrainingPrecision.Auto };
    private readonly Option<ImageStorage> _storage = new("--image-storage") { HelpName = "PLACE", Description = "Where the decoded images are: auto, memory, cache (a file), stream (decoded anew in each epoch).", DefaultValueFactory = _ => ImageStorage.Auto };
    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _skip = new("--skip-bad-images") { Description = "Leave out images that cannot be read, up to a tenth of them, and list them, instead of stopping." };

    public TrainingOptions()
    {
        _decomposition.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !Decomposition.TryParse(result.Tokens[0].Value, null, out _))
                result.AddError(ErrorOf(() => Decomposition.Parse(result.Tokens[0].Value)));
        });
        AtLeast(_epoch, 1);
        AtLeast(_batchSize, 2);
        AtLeast(_trainTime, 0.001);
        _device.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !IsDevice(result.Tokens[0].Value))
                result.AddError("--device is auto, cpu, cuda, or cuda: and a number.");
        });
    }

    public Option<string?> Dataset => _dataset;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
            { _dataset, _validation, _test, _trainTime, _epoch, _batchSize, _architecture, _decomposition, _imageSize, _preset, _device, _precision, _storage, _seed, _skip })
            command.Add(option);
    }

    public TrainingRequest Request(ParseResult arguments) => new()
    {
        Dataset = arguments.GetValue(_dataset)!,
        ValidationDataset = arguments.GetValue(_validation),
        TestDataset = arguments.GetValue(_test),
        TrainTime = arguments.GetValue(_trainTime),
        Epoch = arguments.GetValue(_epoch),
        BatchSize = arguments.GetValue(_batchSize),
        Architecture = arguments.GetValue(_architecture),
        Decomposition = arguments.GetValue(_decomposition)!,
        ImageSize = arguments.GetValue(_imageSize),
        Preset = arguments.GetValue(_preset),
        Device = arguments.GetValue(_device)!,
        Precision = arguments.GetValue(_precision),
        ImageStorage = arguments.GetValue(_storage),
        Seed = arguments.GetValue(_seed),
        SkipBadImages = arguments.GetValue(_skip),
    };

    /// <summary>What is no number at all is another error, which the parser finds.</summary>
    private static void AtLeast(Option option, double least) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && !(value >= least))
            result.AddError(Numbers.Text($"{option.Name} is {value}; it must be at least {least}."));
    });

    private static bool IsDevice(string text) => text is "auto" or "cpu" or "cuda"
        || (text.StartsWith("cuda:", StringComparison.Ordinal) && text.Length <= 8 && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static Size2D? ParseSize(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var numbers = text.Split('x', 'X');
        if (numbers.Length <= 2
            && numbers.All(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= 4096))
        {
            var sizes = Array.ConvertAll(numbers, number => int.Parse(number, CultureInfo.InvariantCulture));
            return new Size2D(sizes[0], sizes[^1]);
        }
        argument.AddError($"--image-size is one number, or HEIGHTxWIDTH, each from 1 to 4096; '{text}' is neither.");
        return null;
    }

    private static string ErrorOf(Action action)
    {
        try
        {
            action();
            return "";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
