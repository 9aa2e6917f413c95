using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>By which figures images are normalised: those of the network that a training starts from, or of the options.</summary>
internal static class NormalisationChoice
{
    /// <param name="options">The options.</param>
    /// <param name="start">The network that the training starts from.</param>
    /// <param name="seen">Height and width that the network sees.</param>
    /// <param name="warn">Receives a warning where the network and the options have different figures, and where neither has any.</param>
    /// <returns>Null where the training images are measured.</returns>
    public static ChannelStatistics? Of(TrainerOptions options, PretrainedChoice start, Size2D seen, Action<string> warn) =>
        IsByOptions(options, start, seen, warn) ? Given(options) : start.Network?.Input.StatisticsFor(seen.Height, seen.Width);

    /// <summary>Whether the figures are those of the options.</summary>
    /// <inheritdoc cref="Of"/>
    /// <returns>False where they are those of the network, or the training images are measured.</returns>
    public static bool IsByOptions(TrainerOptions options, PretrainedChoice start, Size2D seen, Action<string> warn)
    {
        var isGiven = Given(options) is not null;
        if (start.Network is not { } known)
            return isGiven;
        // A model that is continued was compared before.
        if (start.Preparation is not null)
            return false;
        var own = $"{RunFingerprint.Describe(known.Input.StatisticsFor(seen.Height, seen.Width))}, on the scale of 0 to 255";
        if (isGiven && !IsOfPreset(options))
        {
            if (!known.Input.IsAssumed)
                warn($"ChannelMean and ChannelStandardDeviation replace the normalisation that '{known.Name}' learned with: {own}. Leave them out to use it.");
            return true;
        }
        if (known.Input.IsAssumed)
            warn($"{(known.Input.DamagedConfig is { } damaged ? $"'{damaged}' is damaged and not used; nothing else" : "Nothing")} says how images were normalised when '{known.Name}' was trained. ImageNet's usual figures are assumed: {own}. If it was trained with others, set ChannelMean and ChannelStandardDeviation.");
        if (isGiven)
            warn($"ChannelMean and ChannelStandardDeviation of the preset {options.Preset} are not used: the normalisation of '{known.Name}' is {own}.");
        return false;
    }

    /// <summary>The figures of the options, on the scale of pixels.</summary>
    private static ChannelStatistics? Given(TrainerOptions options) => options is { ChannelMean: { } mean, ChannelStandardDeviation: { } deviation }
        ? new([.. mean.Select(value => (float)(255 * value))], [.. deviation.Select(value => (float)(255 * value))])
        : null;

    private static bool IsOfPreset(TrainerOptions options) =>
        options.Preset is { } name && TrainerOptions.FromPreset(name) is { ChannelMean: { } mean, ChannelStandardDeviation: { } deviation }
        && mean.SequenceEqual(options.ChannelMean!) && deviation.SequenceEqual(options.ChannelStandardDeviation!);
}
