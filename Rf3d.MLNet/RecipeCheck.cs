using System.Globalization;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Checks what attributes cannot say of the training recipe: lists, and options against each other.</summary>
internal static class RecipeCheck
{
    public static IEnumerable<string> Together(TrainerOptions options)
    {
        if (options.WarmUpEpochs > options.Epoch)
            yield return string.Create(CultureInfo.InvariantCulture, $"WarmUpEpochs is {options.WarmUpEpochs}; it must be at most Epoch, which is {options.Epoch}.");
        if (options is { LearningRateSchedule: LearningRateSchedule.Steps, LearningRateSteps: null or [] })
            yield return "LearningRateSchedule is Steps; LearningRateSteps must say after which epochs.";
        if (options.LearningRateSteps is { } steps && !steps.Prepend(0).Zip(steps, (before, step) => step > before && double.IsFinite(step)).All(rises => rises))
            yield return $"LearningRateSteps is {Text(steps)}; the epochs must be above 0 and rising.";
        if (options is { BalancedSampling: true, ClassWeights: { } weights } && ReferenceEquals(weights, ClassWeights.Auto))
            yield return "BalancedSampling and ClassWeights.Auto both make up for classes of uneven size; set one of them.";
        if (options.ChannelMean is null != options.ChannelDeviation is null)
            yield return "ChannelMean and ChannelDeviation must be set together.";
        if (options.ChannelMean is { } mean && !(mean.Count == 3 && mean.All(value => value is >= 0 and <= 1)))
            yield return $"ChannelMean is {Text(mean)}; it must have three figures from 0 to 1.";
        if (options.ChannelDeviation is { } deviation && !(deviation.Count == 3 && deviation.All(value => value is > 0 and <= 1)))
            yield return $"ChannelDeviation is {Text(deviation)}; it must have three figures above 0 and at most 1.";
    }

    private static string Text(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";
}
