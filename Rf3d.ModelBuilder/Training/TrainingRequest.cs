using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>What to train, on what, and how long: the options of the command line, or what a .mbconfig file says.</summary>
internal sealed record TrainingRequest
{
    /// <summary>Folder of the images: a folder for each class, or train, val and test with such folders in them.</summary>
    public required string Dataset { get; init; }

    /// <summary>Folder of the images that choose the best epoch; null to find one in <see cref="Dataset"/> or hold some out.</summary>
    public string? ValidationDataset { get; init; }

    /// <summary>Folder of the images that the result is measured on; null to find one in <see cref="Dataset"/>, or use the validation images.</summary>
    public string? TestDataset { get; init; }

    /// <summary>Seconds that reading and training may take; null for as long as the epochs take.</summary>
    public double? TrainTime { get; init; }

    /// <summary>Passes over the images; null for the preset's, or as many as fit into <see cref="TrainTime"/>.</summary>
    public int? Epoch { get; init; }

    public int? BatchSize { get; init; }

    public Architecture Architecture { get; init; } = Architecture.ResNet18Slim;

    public string Decomposition { get; init; } = "off";

    public Size2D? ImageSize { get; init; }

    public TrainingPreset Preset { get; init; } = TrainingPreset.Default;

    public string Device { get; init; } = "auto";

    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Auto;

    public ImageStorage ImageStorage { get; init; } = ImageStorage.Auto;

    public int Seed { get; init; } = 1;

    public bool SkipBadImages { get; init; }

    /// <summary>Millions of pixels that an image may have.</summary>
    public int MaxMegapixels { get; init; } = ImageSizeLimit.DefaultMegapixels;

    /// <summary>Folder that the training is saved in as it goes; null for none. No part of what is trained: a .mbconfig file does not keep it.</summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>The trainer's options, without callbacks.</summary>
    public TrainerOptions Options()
    {
        var options = TrainerOptions.FromPreset(Preset);
        options.Architecture = Architecture;
        options.Decomposition = Rf3d.Planning.Decomposition.Parse(Decomposition);
        options.Epoch = Epoch ?? options.Epoch;
        options.BatchSize = BatchSize ?? options.BatchSize;
        options.Device = Device;
        options.Precision = Precision;
        options.ImageStorage = ImageStorage;
        options.Seed = Seed;
        options.CheckpointDirectory = CheckpointDirectory;
        if (ImageSize is { } size)
            (options.ImageHeight, options.ImageWidth) = (size.Height, size.Width);
        return options;
    }
}
