using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>The figures of each preset. Settings that a block does not name have the defaults of the options.</summary>
internal static class TrainingPresets
{
    public static TrainerOptions Create(TrainingPreset preset) => preset switch
    {
        TrainingPreset.Fast => new() { Epoch = 5 },
        TrainingPreset.Default => new(),
        TrainingPreset.FewImages => new()
        {
            Epoch = 100,
            BatchSize = 16,
            LearningRate = 0.02,
            Augmentation = new() { CropPaddingFraction = 0.125, AlternatingFlip = false, ResizedCropScale = 0.35, Brightness = 0.3, Contrast = 0.3, Saturation = 0.3 },
            EmaDecay = 0.995,
            ValidationSetFraction = 0,
        },
        TrainingPreset.PaperCifar => Paper(new()
        {
            ImageHeight = 32,
            ImageWidth = 32,
            BatchSize = 128,
            Epoch = 350,
            LearningRateSteps = [150, 250],
            WeightDecay = 5e-4,
            RandomCrop = true,
            // An eighth of 32 pixels: the usual padding of 4.
            Augmentation = new() { CropPaddingFraction = 0.125, CropPaddingMode = CropPaddingMode.Zero, AlternatingFlip = false },
            ChannelMean = [0.491, 0.482, 0.446],
            ChannelStandardDeviation = [0.247, 0.243, 0.261],
        }),
        TrainingPreset.PaperImageNet => Paper(new()
        {
            ImageHeight = 224,
            ImageWidth = 224,
            BatchSize = 256,
            Epoch = 120,
            LearningRateSteps = [30, 60, 90],
            WeightDecay = 1e-4,
            RandomCrop = false,
            Augmentation = new() { ResizedCropScale = 0.08, AlternatingFlip = false },
            ChannelMean = [0.485, 0.456, 0.406],
            ChannelStandardDeviation = [0.229, 0.224, 0.225],
        }),
        _ => throw new ArgumentOutOfRangeException(
            nameof(preset), preset, $"There is no preset of this name; there are {string.Join(", ", Enum.GetNames<TrainingPreset>())}."),
    };

    /// <summary>The common settings of both presets of the paper: those of PyTorch's plain SGD, all images to train on, the last epoch kept.</summary>
    private static TrainerOptions Paper(TrainerOptions options)
    {
        options.Pretrained = "none";
        options.Reparameterization = false;
        options.LearningRate = 0.1;
        options.LearningRateSchedule = LearningRateSchedule.Steps;
        options.LearningRateStepFactor = 0.1;
        options.WarmUpEpochs = 0;
        options.Optimizer = TrainingOptimizer.Sgd;
        options.Momentum = 0.9;
        options.Nesterov = false;
        options.DecayNormAndBias = true;
        options.LabelSmoothing = 0;
        options.RandomFlip = true;
        options.ValidationSetFraction = 0;
        return options;
    }
}
