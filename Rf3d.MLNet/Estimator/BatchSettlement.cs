using Rf3d.Planning;
using TorchSharp;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Chooses batch size and learning rate where the options leave them open: as the resumed checkpoint has them, else by the images, the network and the device.</summary>
internal static class BatchSettlement
{
    // Of the learning rate of a training from nothing: a pretrained network is near where it is to arrive.
    private const double FineTuningRate = 0.2;

    /// <param name="options">The options as set.</param>
    /// <param name="found">The checkpoint that is resumed; null where none is.</param>
    /// <param name="layout">The network.</param>
    /// <param name="images">Images to learn from.</param>
    /// <param name="device">Where it learns.</param>
    /// <param name="precision">Not Auto.</param>
    /// <param name="isPretrained">Whether it starts from a pretrained network.</param>
    /// <param name="onDevice">Where the images are.</param>
    public static BatchChoice Of(
        TrainerOptions options, CheckpointOrigin? found, NetworkLayout layout, long images, torch.Device device, TrainingPrecision precision, bool isPretrained, DeviceImages onDevice)
    {
        var rate = options.LearningRate ?? RunFingerprint.ValueOf<double>(found, nameof(TrainerOptions.LearningRate));
        if (options.BatchSize is null && RunFingerprint.ValueOf<int>(found, nameof(TrainerOptions.BatchSize)) is { } size)
            return new(size, rate ?? BatchChoice.RateFor(size), "as in the checkpoint");
        var isGpu = device.type == DeviceType.CUDA;
        var choice = BatchChoice.Of(options.BatchSize, rate, images, layout, isGpu, isGpu ? CudaDriver.UsableBytes(device.index) : null, Memory);
        return rate is null ? choice with { LearningRate = RateShare(isPretrained) * choice.LearningRate } : choice;

        TrainingMemory Memory(int size) => TrainingMemory.Of(layout, options, precision, StepForms.Gpu, size, onDevice);
    }

    /// <summary>What a learning rate that the options leave open is multiplied by; in exported trainings, too.</summary>
    public static double RateShare(bool isPretrained) => isPretrained ? FineTuningRate : 1;

    /// <summary>Whether a batch may still be lowered: it was worked out, here and now, for a device whose memory may be short.</summary>
    public static bool MayBeLowered(TrainerOptions options, CheckpointOrigin? found, torch.Device device) =>
        options.BatchSize is null && found is null && device.type == DeviceType.CUDA;

    /// <summary>The options with the settled values, as the run's fingerprint has them.</summary>
    public static TrainerOptions Settled(TrainerOptions options, BatchChoice batch, int epochs, TrainingPrecision precision)
    {
        var settled = options.CheckedCopy();
        (settled.BatchSize, settled.LearningRate, settled.Epoch, settled.Precision) = (batch.Size, batch.LearningRate, epochs, precision);
        return settled;
    }
}
