using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Settings of the training loop, with all choices made.</summary>
/// <param name="Recipe">How to train. It has a batch size, a learning rate and a number of epochs; it is not changed any more.</param>
/// <param name="Seed">Of all random choices.</param>
/// <param name="Device">Where to train.</param>
internal sealed record TrainingSettings(TrainingRecipe Recipe, int Seed, torch.Device Device)
{
    /// <summary>Not Auto.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>Weights of the classes in the loss; null for equal weights.</summary>
    public float[]? ClassWeights { get; init; }

    /// <summary>Whether a probe finally learns from validation images of another set than the training images, too.</summary>
    public bool RefitsOnValidation { get; init; }

    /// <summary>Complete epochs after which to stop, to be resumed from the checkpoint another time; null for never.</summary>
    public int? PauseAfterEpoch { get; init; }

    /// <summary>In which forms a step is computed; null for those that suit the device.</summary>
    public StepForms? Forms { get; init; }

    public StepForms StepForms => Forms ?? (Device.type == DeviceType.CUDA ? StepForms.Gpu : StepForms.Plain);

    public int BatchSize => Recipe.BatchSize ?? throw new InvalidOperationException("The batch size is not chosen yet.");

    public int Epochs => Recipe.Epoch ?? throw new InvalidOperationException("The number of epochs is not chosen yet.");

    /// <summary>Clock of the speed and time-left figures.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public TrainingSettings With(Action<TrainingRecipe> change) => this with { Recipe = Recipe.With(change) };
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

    /// <summary>The number of each image's group of copies, equal in every pixel, from 0; -1 for images without a copy. Null where there are no copies.</summary>
    public int[]? Copies()
    {
        var digests = Array.ConvertAll(Indices.data<long>().ToArray(), row => Set.Index[row].Digest);
        var groups = digests.GroupBy(digest => digest).Where(group => group.Skip(1).Any()).Select((group, number) => (group.Key, number)).ToDictionary(group => group.Key, group => group.number);
        return groups.Count == 0 ? null : Array.ConvertAll(digests, digest => groups.GetValueOrDefault(digest, -1));
    }
}

/// <summary>The result of a training.</summary>
internal sealed record TrainedNetwork(WeightTable Weights, TrainingHistory History)
{
    /// <summary>The mean features of each class; null where they are not known.</summary>
    public ClassDirections? Directions { get; init; }
}
