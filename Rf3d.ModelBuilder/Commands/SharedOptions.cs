using System.CommandLine;
using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The options that a training and an experiment share: images, length, device and seed, but no network.</summary>
internal sealed class SharedOptions
{
    private readonly Option<string?> _dataset = new("--dataset") { HelpName = "FOLDER", Description = "Folder of the images: FOLDER/class/image.jpg, or FOLDER/{train,val,test}/class/image.jpg." };
    private readonly Option<string?> _validation = new("--validation-dataset") { HelpName = "FOLDER", Description = "Folder of the images by which the best epoch is chosen. Default: 'val' in the dataset, else a fifth of the images." };
    private readonly Option<string?> _test = new("--test-dataset") { HelpName = "FOLDER", Description = "Folder of the images that the result is measured on. Default: 'test' in the dataset, else the validation images." };
    private readonly Option<int?> _epoch = new("--epoch") { HelpName = "N", Description = "Passes over the images. Default: the preset's (20, fast: 5)." };
    private readonly Option<int?> _batchSize = new("--batch-size") { HelpName = "N", Description = "Images in a training step. Default: the preset's (32 on a CPU; on a GPU worked out)." };
    private readonly Option<string> _device = new("--device") { HelpName = "DEVICE", Description = "Where to train: auto, cpu, cuda, cuda:1.", DefaultValueFactory = _ => "auto" };
    private readonly Option<TrainingPrecision> _precision = new("--precision") { HelpName = "PRECISION", Description = "Numbers that convolutions multiply while training: auto (bfloat16 where the processor has it), float32, tensorfloat32, bfloat16.", DefaultValueFactory = _ => TrainingPrecision.Auto };
    private readonly Option<ImageStorage> _storage = new("--image-storage") { HelpName = "PLACE", Description = "Where the decoded images are: auto, memory, cache (a file), stream (decoded anew in each epoch).", DefaultValueFactory = _ => ImageStorage.Auto };
    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _skip = new("--skip-bad-images") { Description = "Leave out images that cannot be read, up to a tenth of them, and list them, instead of stopping." };

    private readonly ImageSizeLimit _limit = new();

    public SharedOptions()
    {
        OptionLimits.AtLeast(_epoch, 1);
        OptionLimits.AtLeast(_batchSize, 2);
        _device.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !IsDevice(result.Tokens[0].Value))
                result.AddError("--device is auto, cpu, cuda, or cuda: and a number.");
        });
    }

    public Option<string?> Dataset => _dataset;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _dataset, _validation, _test, _epoch, _batchSize, _device, _precision, _storage, _seed, _skip, _limit.Option })
            command.Add(option);
    }

    /// <summary>A request with the network of the defaults.</summary>
    public TrainingRequest Request(ParseResult arguments) => new()
    {
        Dataset = arguments.GetValue(_dataset)!,
        ValidationDataset = arguments.GetValue(_validation),
        TestDataset = arguments.GetValue(_test),
        Epoch = arguments.GetValue(_epoch),
        BatchSize = arguments.GetValue(_batchSize),
        Device = arguments.GetValue(_device)!,
        Precision = arguments.GetValue(_precision),
        ImageStorage = arguments.GetValue(_storage),
        Seed = arguments.GetValue(_seed),
        SkipBadImages = arguments.GetValue(_skip),
        MaxMegapixels = arguments.GetValue(_limit.Option),
    };

    private static bool IsDevice(string text) => text is "auto" or "cpu" or "cuda"
        || (text.StartsWith("cuda:", StringComparison.Ordinal) && text.Length <= 8 && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
