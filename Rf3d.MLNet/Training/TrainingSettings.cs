using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>What the training loop needs to know, every choice made.</summary>
internal sealed record TrainingSettings
{
    public required int BatchSize { get; init; }

    public required int Epochs { get; init; }

    public required double LearningRate { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    public double? WarmUpEpochs { get; init; }

    public IReadOnlyList<double> LearningRateSteps { get; init; } = [];

    public double LearningRateStepFactor { get; init; } = 0.1;

    public TrainingOptimizer Optimizer { get; init; }

    public required double Momentum { get; init; }

    public bool Nesterov { get; init; } = true;

    public required double WeightDecay { get; init; }

    public bool DecayNormAndBias { get; init; }

    /// <summary>Whether kernels learn with a <see cref="IdentityBranch"/>, where they can.</summary>
    public bool Reparameterization { get; init; }

    public double? MaxGradientNorm { get; init; }

    public double? EmaDecay { get; init; }

    public required double LabelSmoothing { get; init; }

    public required bool RandomCrop { get; init; }

    public required bool RandomFlip { get; init; }

    public AugmentationOptions Augmentation { get; init; } = new();

    public bool BalancedSampling { get; init; }

    /// <summary>Weights of the classes in the loss; null for all the same.</summary>
    public float[]? ClassWeights { get; init; }

    public bool TestTimeFlip { get; init; }

    public required EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Complete epochs after which to stop, to go on from the checkpoint another time; null for never.</summary>
    public int? PauseAfterEpoch { get; init; }

    public required int Seed { get; init; }

    public required torch.Device Device { get; init; }

    /// <summary>Not Auto.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>In which forms a step is computed; null for those that suit the device.</summary>
    public StepForms? Forms { get; init; }

    public StepForms StepForms => Forms ?? (Device.type == DeviceType.CUDA ? StepForms.Gpu : StepForms.Plain);

    public LearningRateCurve LearningRates => new()
    {
        Schedule = Schedule,
        Peak = LearningRate,
        Epochs = Epochs,
        WarmUpEpochs = WarmUpEpochs,
        Steps = LearningRateSteps,
        StepFactor = LearningRateStepFactor,
    };

    /// <summary>Clock of the speed and time-left figures.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Images to learn from or to measure on: some of the rows of a set.</summary>
internal sealed record ImageSubset(ImageSet Set, torch.Tensor Indices)
{
    public long Count => Indices.shape[0];

    /// <summary>Images by class.</summary>
    public long[] ClassCounts(int classes)
    {
        using var scope = torch.NewDisposeScope();
        return Set.Labels.index_select(0, Indices).bincount(null, classes).data<long>().ToArray();
    }
}

/// <summary>What training ends with.</summary>
internal sealed record TrainedNetwork(WeightTable Weights, TrainingHistory History);
