using System.Globalization;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Checks what attributes cannot say of the training recipe: lists, and options against each other.</summary>
internal static class RecipeCheck
{
    // Ten times the usual; what is above is nearly always the default of the other optimizers.
    private const double GreatestRateOfAdamW = 0.01;

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
        if (options.ChannelMean is null != options.ChannelStandardDeviation is null)
            yield return "ChannelMean and ChannelStandardDeviation must be set together.";
        if (options.ChannelMean is { } mean && !(mean.Count == 3 && mean.All(value => value is >= 0 and <= 1)))
            yield return $"ChannelMean is {Text(mean)}; it must have three figures from 0 to 1.";
        if (options.ChannelStandardDeviation is { } deviation && !(deviation.Count == 3 && deviation.All(value => value is > 0 and <= 1)))
            yield return $"ChannelStandardDeviation is {Text(deviation)}; it must have three figures above 0 and at most 1.";
    }

    /// <summary>What is allowed and will hardly be meant.</summary>
    /// <param name="options">The options.</param>
    /// <param name="hasValidation">Whether there are images to validate on.</param>
    public static IEnumerable<string> Warnings(TrainerOptions options, bool hasValidation)
    {
        if (!hasValidation && options.EarlyStoppingCriteria is not null)
            yield return "EarlyStoppingCriteria has no effect: there are no validation images.";
        if (options is { Optimizer: TrainingOptimizer.AdamW, LearningRate: > GreatestRateOfAdamW })
            yield return string.Create(CultureInfo.InvariantCulture, $"LearningRate is {options.LearningRate}, which is high for Optimizer = AdamW: it wants 0.001 to 0.003.");
        if (options is { LearningRateSchedule: LearningRateSchedule.Steps, LearningRateSteps: { } steps } && steps[^1] >= options.Epoch)
            yield return string.Create(CultureInfo.InvariantCulture, $"LearningRateSteps is {Text(steps)}, but there are only {options.Epoch} epochs: what lies beyond has no effect.");
    }

    private static string Text(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";
}
