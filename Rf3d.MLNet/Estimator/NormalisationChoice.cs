using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>By which figures images are normalised: those of the network that a training starts from, or of the options.</summary>
internal static class NormalisationChoice
{
    /// <param name="options">The options.</param>
    /// <param name="start">The network that the training starts from.</param>
    /// <param name="seen">Height and width that the network sees.</param>
    /// <param name="warn">Receives a warning where the network and the options have different figures.</param>
    /// <returns>Null where the training images are measured.</returns>
    public static ChannelStatistics? Of(TrainerOptions options, PretrainedChoice start, Size2D seen, Action<string> warn) =>
        IsByOptions(options, start, seen, warn) ? Given(options) : start.Network?.Input.StatisticsFor(seen.Height, seen.Width);

    /// <summary>Whether the figures are those of the options.</summary>
    /// <inheritdoc cref="Of"/>
    /// <returns>False where they are those of the network, or the training images are measured.</returns>
    public static bool IsByOptions(TrainerOptions options, PretrainedChoice start, Size2D seen, Action<string> warn)
    {
        if (Given(options) is null || start.Network is not { } known)
            return Given(options) is not null;
        // A model that is continued was compared before.
        if (start.Preparation is not null)
            return false;
        var own = known.Input.StatisticsFor(seen.Height, seen.Width);
        if (IsOfPreset(options))
        {
            warn($"ChannelMean and ChannelStandardDeviation of the preset {options.Preset} are not used: '{known.Name}' learned with {RunFingerprint.Describe(own)}, on the scale of 0 to 255.");
            return false;
        }
        if (!known.Input.IsAssumed)
            warn($"ChannelMean and ChannelStandardDeviation replace the normalisation that '{known.Name}' learned with: {RunFingerprint.Describe(own)}, on the scale of 0 to 255. Leave them out to use it.");
        return true;
    }

    /// <summary>The figures of the options, on the scale of pixels.</summary>
    private static ChannelStatistics? Given(TrainerOptions options) => options is { ChannelMean: { } mean, ChannelStandardDeviation: { } deviation }
        ? new([.. mean.Select(value => (float)(255 * value))], [.. deviation.Select(value => (float)(255 * value))])
        : null;

    private static bool IsOfPreset(TrainerOptions options) =>
        options.Preset is { } name && TrainerOptions.FromPreset(name) is { ChannelMean: { } mean, ChannelStandardDeviation: { } deviation }
        && mean.SequenceEqual(options.ChannelMean!) && deviation.SequenceEqual(options.ChannelStandardDeviation!);
}
