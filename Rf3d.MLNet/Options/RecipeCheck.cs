using System.Globalization;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Checks the parts of a recipe that attributes cannot check: lists, and options against each other.</summary>
internal static class RecipeCheck
{
    // Ten times the usual; a higher rate is nearly always the default of the other optimizers.
    private const double GreatestRateOfAdamW = 0.01;

    public static IEnumerable<OptionError> Together(TrainingRecipe recipe)
    {
        OptionName warmUp = new(nameof(recipe.WarmUpEpochs)), epoch = new(nameof(recipe.Epoch)), schedule = new(nameof(recipe.LearningRateSchedule));
        OptionName steps = new(nameof(recipe.LearningRateSteps)), balanced = new(nameof(recipe.BalancedSampling)), weights = new(nameof(recipe.ClassWeights));
        OptionName mean = new(nameof(recipe.ChannelMean)), deviation = new(nameof(recipe.ChannelStandardDeviation));
        if (recipe.WarmUpEpochs > (recipe.Epoch ?? EpochChoice.Usual))
            yield return new(warmUp.Name, recipe.WarmUpEpochs, $"{warmUp} is {recipe.WarmUpEpochs}; it must be at most {epoch}, which is {recipe.Epoch ?? EpochChoice.Usual}{(recipe.Epoch is null ? " by default" : "")}.");
        if (recipe is { LearningRateSchedule: LearningRateSchedule.Steps, LearningRateSteps: [] })
            yield return new(steps.Name, recipe.LearningRateSteps, $"{schedule} is Steps; {steps} must say after which epochs.");
        if (recipe.LearningRateSteps is { } epochs && !epochs.Prepend(0).Zip(epochs, (before, step) => step > before && double.IsFinite(step)).All(rises => rises))
            yield return new(steps.Name, epochs, $"{steps} is {Text(epochs)}; the epochs must be above 0 and rising.");
        if (recipe.BalancedSampling && ReferenceEquals(recipe.ClassWeights, ClassWeights.Auto))
            yield return new(balanced.Name, true, $"{balanced} and {weights} = {ClassWeights.Auto} both make up for classes of uneven size; set one of them.");
        if (recipe.ChannelMean is null != recipe.ChannelStandardDeviation is null)
            yield return new(mean.Name, recipe.ChannelMean, $"{mean} and {deviation} must be set together.");
        if (recipe.ChannelMean is { } means && !(means.Count == 3 && means.All(value => value is >= 0 and <= 1)))
            yield return new(mean.Name, means, $"{mean} is {Text(means)}; it must have three figures from 0 to 1.");
        if (recipe.ChannelStandardDeviation is { } deviations && !(deviations.Count == 3 && deviations.All(value => value is > 0 and <= 1)))
            yield return new(deviation.Name, deviations, $"{deviation} is {Text(deviations)}; it must have three figures above 0 and at most 1.");
    }

    /// <summary>Warnings on values that are allowed and probably not intended.</summary>
    /// <param name="options">The options.</param>
    /// <param name="hasValidation">Whether there are images to validate on.</param>
    public static IEnumerable<string> Warnings(TrainerOptions options, bool hasValidation)
    {
        if (!hasValidation && options.EarlyStoppingCriteria is not null)
            yield return "EarlyStoppingCriteria has no effect: there are no validation images.";
        if (options is { Optimizer: TrainingOptimizer.AdamW, LearningRate: > GreatestRateOfAdamW })
            yield return string.Create(CultureInfo.InvariantCulture, $"LearningRate is {options.LearningRate}, which is high for Optimizer = AdamW: it needs 0.001 to 0.003.");
        if (options is { LearningRateSchedule: LearningRateSchedule.Steps, LearningRateSteps: { } steps } && steps[^1] >= options.Epoch)
            yield return string.Create(CultureInfo.InvariantCulture, $"LearningRateSteps is {Text(steps)}, but there are only {options.Epoch} epochs: what lies beyond has no effect.");
    }

    private static string Text(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";
}
