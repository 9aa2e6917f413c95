using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The warning on a training that early stopping ended while its learning rate was high or rose.</summary>
internal static class EarlyStopWarning
{
    private const double HighShare = 0.5;

    /// <param name="history">The training.</param>
    /// <param name="schedule">The schedule of its learning rate.</param>
    /// <param name="highest">The highest rate of the schedule.</param>
    /// <returns>Null where it was not stopped early, or the rate had fallen.</returns>
    public static string? Of(TrainingHistory history, LearningRateSchedule schedule, double highest)
    {
        if (history.StopReason is not TrainingStopReason.EarlyStopping || schedule is LearningRateSchedule.Constant || history.Epochs[^1] is not { } last)
            return null;
        var isRising = last.LearningRate >= history.Epochs.Max(epoch => epoch.LearningRate);
        if (last.LearningRate < HighShare * highest && !isRising)
            return null;
        OptionName criteria = new(nameof(TrainingRecipe.EarlyStoppingCriteria)), option = new(nameof(TrainingRecipe.LearningRateSchedule));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Training stopped early in epoch {last.Epoch} of {last.EpochCount}, at a learning rate of {last.LearningRate:0.#####} of at most {highest:0.#####}. With {option} {schedule}, most is learned in the last epochs, at a low rate: raise Patience of {criteria} or leave it out, or set {option} to Constant (rf3d: --early-stopping-patience, --learning-rate-schedule).");
    }
}
