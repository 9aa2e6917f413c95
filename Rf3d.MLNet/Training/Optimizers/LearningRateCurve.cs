namespace Rf3d.MLNet;

/// <summary>The learning rate of every batch: a schedule and all that it needs to be drawn.</summary>
internal sealed record LearningRateCurve
{
    private const double CycleWarmUp = 0.2;

    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>The highest rate.</summary>
    public required double Peak { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs of the rise from a tenth; null for the schedule's own: a fifth for one cycle, none for the others.</summary>
    public double? WarmUpEpochs { get; init; }

    /// <summary>Epochs after which the rate falls.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [];

    /// <summary>What each step multiplies the rate by.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <param name="done">Batches that are done, from 0; the rate is that of the next one.</param>
    /// <param name="batches">Batches in an epoch.</param>
    public double At(double done, int batches)
    {
        var progress = done / ((double)Epochs * batches);
        var warmUp = WarmUpEpochs is { } epochs ? epochs / Epochs : Schedule == LearningRateSchedule.OneCycle ? CycleWarmUp : 0;
        var rise = progress < warmUp ? 0.1 + (0.9 * progress / warmUp) : 1;
        // The cycle and the cosine begin where the rise ends; steps are counted from the first epoch.
        var rest = progress < warmUp || warmUp >= 1 ? 1 : (1 - progress) / (1 - warmUp);
        var fall = Schedule switch
        {
            LearningRateSchedule.OneCycle => Math.Max(0.001, rest),
            LearningRateSchedule.PaperSteps => progress < 150.0 / 350 ? 1 : progress < 250.0 / 350 ? 0.1 : 0.01,
            LearningRateSchedule.Constant => 1,
            LearningRateSchedule.Cosine => (1 - Math.Cos(Math.PI * rest)) / 2,
            LearningRateSchedule.Steps => Math.Pow(StepFactor, Steps.Count(step => done / batches >= step)),
            _ => throw new InvalidOperationException($"Unknown schedule {Schedule}."),
        };
        return Peak * (rise * fall);
    }
}
