using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>What the training loop needs to know, every choice made.</summary>
internal sealed record TrainingSettings
{
    public required int BatchSize { get; init; }

    public required int Epochs { get; init; }

    public required double LearningRate { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    public required double Momentum { get; init; }

    public required double WeightDecay { get; init; }

    public required double LabelSmoothing { get; init; }

    public required bool RandomCrop { get; init; }

    public required bool RandomFlip { get; init; }

    public required EarlyStopping? EarlyStopping { get; init; }

    public required int Seed { get; init; }

    public required torch.Device Device { get; init; }

    /// <summary>Clock of the speed and time-left figures.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Images to learn from or to measure on: some of the rows of a set.</summary>
internal sealed record ImageSubset(ImageSet Set, torch.Tensor Indices)
{
    public long Count => Indices.shape[0];
}

/// <summary>What training ends with.</summary>
internal sealed record TrainedNetwork(WeightTable Weights, TrainingHistory History);
