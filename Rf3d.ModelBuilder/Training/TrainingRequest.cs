using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>The options of a training, from the command line or a .mbconfig file.</summary>
internal sealed record TrainingRequest
{
    /// <summary>A fifth, for without test images the result is measured on them.</summary>
    public const double DefaultValidationFraction = 0.2;

    /// <summary>Folder of the images: a folder for each class, or train, val and test with such folders in them.</summary>
    public required string Dataset { get; init; }

    /// <summary>The table of the labels; null where folders say them, or for one that is found in <see cref="Dataset"/>.</summary>
    public LabelTable? Labels { get; init; }

    /// <summary>Folder of the images that choose the best epoch; null to find one in <see cref="Dataset"/> or hold some out.</summary>
    public string? ValidationDataset { get; init; }

    /// <summary>Folder of the images that the result is measured on; null to find one in <see cref="Dataset"/>, or use the validation images.</summary>
    public string? TestDataset { get; init; }

    /// <summary>Share of each class's images to hold out for validation where there is no folder of such images.</summary>
    public double ValidationFraction { get; init; } = DefaultValidationFraction;

    /// <summary>The table of the files to leave out; null for none.</summary>
    public string? Exclude { get; init; }

    /// <summary>The model that the training continues; null for none.</summary>
    public SourceModel? ContinueFrom { get; init; }

    /// <summary>Seconds that reading and training may take; null for as long as the epochs take.</summary>
    public double? TrainTime { get; init; }

    public TrainingPreset Preset { get; init; } = TrainingPreset.Default;

    public Size2D? ImageSize { get; init; }

    public int Seed { get; init; } = 1;

    public bool SkipBadImages { get; init; }

    /// <summary>Millions of pixels that an image may have.</summary>
    public int MaxMegapixels { get; init; } = ImageSizeLimit.DefaultMegapixels;

    /// <summary>Whether photographs are turned upright as the orientation in their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>Folder that the training is saved in; null for none. No part of the model: a .mbconfig file does not keep it.</summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>Options of the table, which go before the preset's.</summary>
    public IReadOnlyList<OptionValue> Chosen { get; init; } = [];

    /// <summary>Whether the number of epochs follows from <see cref="TrainTime"/>.</summary>
    public bool FitsEpochsToTime => TrainTime is not null && Chosen.All(value => value.Option.Member != nameof(TrainerOptions.Epoch));

    /// <summary>The trainer's options, without callbacks.</summary>
    public TrainerOptions Options()
    {
        var options = TrainerOptions.FromPreset(Preset);
        Apply(options);
        (options.Seed, options.CheckpointDirectory, options.ContinueFrom) = (Seed, CheckpointDirectory, ContinueFrom?.Path);
        if (ImageSize is { } size)
            (options.ImageHeight, options.ImageWidth) = (size.Height, size.Width);
        return options;
    }

    /// <summary>Sets the chosen options, over those of a preset.</summary>
    public void Apply(TrainerOptions options)
    {
        foreach (var (option, value) in Chosen)
            option.Set(options, value);
    }
}
