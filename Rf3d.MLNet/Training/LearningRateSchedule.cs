using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>How the learning rate changes while training.</summary>
[JsonConverter(typeof(EnumNameConverter<LearningRateSchedule>))]
public enum LearningRateSchedule
{
    /// <summary>
    /// One cycle (L. N. Smith, 2018): up from a tenth of the learning rate over the first fifth of the batches, then down in a straight line to
    /// nearly zero at the last. The most accuracy from few epochs.
    /// </summary>
    OneCycle,

    /// <summary>
    /// The paper's steps (section 5): the learning rate, a tenth of it from 150/350 of the epochs on, a hundredth from 250/350 on. With 350
    /// epochs and a learning rate of 0.1 it is the paper's own schedule for CIFAR.
    /// </summary>
    PaperSteps,

    /// <summary>The learning rate, all the way.</summary>
    Constant,
}

internal static class LearningRates
{
    private const double WarmUp = 0.2;

    /// <param name="schedule">The schedule.</param>
    /// <param name="peak">The learning rate of the options.</param>
    /// <param name="progress">Share of all batches that are done, from 0 to below 1.</param>
    public static double At(this LearningRateSchedule schedule, double peak, double progress) => peak * schedule switch
    {
        LearningRateSchedule.OneCycle when progress < WarmUp => 0.1 + (0.9 * progress / WarmUp),
        LearningRateSchedule.OneCycle => Math.Max(0.001, (1 - progress) / (1 - WarmUp)),
        LearningRateSchedule.PaperSteps => progress < 150.0 / 350 ? 1 : progress < 250.0 / 350 ? 0.1 : 0.01,
        LearningRateSchedule.Constant => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule, "Unknown schedule."),
    };
}
