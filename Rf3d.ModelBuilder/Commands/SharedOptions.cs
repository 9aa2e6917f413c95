using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary>The options that a training and an experiment share: images, seed, and the rows of the table that are no network.</summary>
internal sealed class SharedOptions
{
    private readonly Option<string?> _dataset = new("--dataset") { HelpName = "FOLDER", Description = "The images: FOLDER/class/image.jpg, FOLDER/{train,val,test}/class/image.jpg, a folder of images with --labels, a folder with the files of MNIST, or a table of labels." };
    private readonly Option<string?> _validation = new("--validation-dataset") { HelpName = "FOLDER", Description = "Folder of the validation images, by which the best epoch is chosen; in a folder with train, val and test, those of val. Default: 'val' in the dataset, else --validation-fraction of the images." };
    private readonly Option<string?> _test = new("--test-dataset") { HelpName = "FOLDER", Description = "Folder of the test images, on which the result is measured; in a folder with train, val and test, those of test, or of val if there is no test. Default: 'test' in the dataset, else the validation images." };
    private readonly Option<double> _fraction = new("--validation-fraction") { HelpName = "SHARE", Description = "Share of the images of each class to hold out for validation if there are no validation images.", DefaultValueFactory = _ => TrainingRequest.DefaultValidationFraction };
    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _skip = new("--skip-bad-images") { Description = "Leave out images that cannot be read, up to a tenth of them, and list them, instead of stopping." };

    private readonly Option<string?> _exclude = new("--exclude") { HelpName = "FILE", Description = "Table of the image files to leave out: the .csv that 'rf3d audit' writes, or any table with a column of files. A warning lists files that are not in the dataset." };

    private readonly LabelOptions _labels = new();
    private readonly ImageSizeLimit _limit = new();
    private readonly OrientationOption _orientation = new();
    private readonly TableOptions _table = new(TrainingOptionTable.Recipe);

    public SharedOptions()
    {
        OptionLimits.Above(_fraction, 0);
        OptionLimits.Below(_fraction, 1);
    }

    public Option<string?> Dataset => _dataset;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _dataset, _validation, _test, _fraction, _seed, _skip, _exclude, _limit.Option, _orientation.Option })
            command.Add(option);
        foreach (var option in _labels.All)
            command.Add(option);
        _table.AddTo(command);
    }

    /// <summary>A request with the network of the defaults.</summary>
    public TrainingRequest Request(CommandResult arguments) => new()
    {
        Dataset = arguments.GetValue(_dataset)!,
        Labels = _labels.Value(arguments),
        Exclude = arguments.GetValue(_exclude),
        ValidationDataset = arguments.GetValue(_validation),
        TestDataset = arguments.GetValue(_test),
        ValidationFraction = arguments.GetValue(_fraction),
        Seed = arguments.GetValue(_seed),
        SkipBadImages = arguments.GetValue(_skip),
        MaxMegapixels = arguments.GetValue(_limit.Option),
        ApplyOrientation = _orientation.IsApplied(arguments),
        Chosen = _table.Values(arguments),
    };
}
