using System.Globalization;
using Rf3d.Planning;
using TorchSharp;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Settles batch size and learning rate where the options leave them open: as the checkpoint has them that is taken up, else by what there is to train.</summary>
internal static class BatchSettlement
{
    /// <param name="options">What was asked for.</param>
    /// <param name="found">The checkpoint that is taken up; null where none is.</param>
    /// <param name="layout">The network.</param>
    /// <param name="images">Images to learn from.</param>
    /// <param name="device">Where it learns.</param>
    /// <param name="precision">Not Auto.</param>
    public static BatchChoice Of(TrainerOptions options, CheckpointOrigin? found, NetworkLayout layout, long images, torch.Device device, TrainingPrecision precision)
    {
        var isGpu = device.type == DeviceType.CUDA;
        if (found is not null && options.BatchSize is null && Number(found, nameof(TrainerOptions.BatchSize)) is { } size)
            return new((int)size, options.LearningRate ?? Number(found, nameof(TrainerOptions.LearningRate)) ?? BatchChoice.RateFor((int)size), "as in the checkpoint");
        return BatchChoice.Of(options.BatchSize, options.LearningRate, images, layout, isGpu, isGpu ? CudaDriver.UsableBytes(device.index) : null, precision);
    }

    /// <summary>Whether a batch may still be lowered: it was worked out, here and now, for a device whose memory may be short.</summary>
    public static bool MayBeLowered(TrainerOptions options, CheckpointOrigin? found, torch.Device device) =>
        options.BatchSize is null && found is null && device.type == DeviceType.CUDA;

    /// <summary>The options with what was settled, as the run's fingerprint has them.</summary>
    public static TrainerOptions Settled(TrainerOptions options, BatchChoice batch)
    {
        var settled = options.CheckedCopy();
        (settled.BatchSize, settled.LearningRate) = (batch.Size, batch.LearningRate);
        return settled;
    }

    private static double? Number(CheckpointOrigin found, string name) =>
        found.Fingerprint.TryGetValue(name, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
