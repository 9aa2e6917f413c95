namespace Rf3d.MLNet;

/// <summary>The learning rate of every batch.</summary>
/// <param name="recipe">Schedule and figures, the learning rate among them.</param>
internal sealed class LearningRateCurve(TrainingRecipe recipe)
{
    private const double CycleWarmUp = 0.2;

    private readonly int _epochs = recipe.Epoch ?? throw new InvalidOperationException("The number of epochs is not chosen yet.");
    private readonly double _peak = recipe.LearningRate ?? throw new InvalidOperationException("The learning rate is not chosen yet.");

    /// <param name="done">Batches that are done, from 0; the rate is that of the next one.</param>
    /// <param name="batches">Batches in an epoch.</param>
    public double At(double done, int batches)
    {
        var progress = done / ((double)_epochs * batches);
        var warmUp = recipe.WarmUpEpochs is { } epochs ? epochs / _epochs : recipe.LearningRateSchedule == LearningRateSchedule.OneCycle ? CycleWarmUp : 0;
        var rise = progress < warmUp ? 0.1 + (0.9 * progress / warmUp) : 1;
        // The cycle and the cosine begin where the rise ends; steps are counted from the first epoch.
        var rest = progress < warmUp || warmUp >= 1 ? 1 : (1 - progress) / (1 - warmUp);
        var fall = recipe.LearningRateSchedule switch
        {
            LearningRateSchedule.OneCycle => recipe.FinalLearningRateFactor is { } final ? final + ((1 - final) * rest) : Math.Max(0.001, rest),
            LearningRateSchedule.PaperSteps => progress < 150.0 / 350 ? 1 : progress < 250.0 / 350 ? 0.1 : 0.01,
            LearningRateSchedule.Constant => 1,
            LearningRateSchedule.Cosine => (recipe.FinalLearningRateFactor ?? 0) + ((1 - (recipe.FinalLearningRateFactor ?? 0)) * (1 - Math.Cos(Math.PI * rest)) / 2),
            LearningRateSchedule.Steps => Math.Pow(recipe.LearningRateStepFactor, recipe.LearningRateSteps.Count(step => done / batches >= step)),
            _ => throw new InvalidOperationException($"Unknown schedule {recipe.LearningRateSchedule}."),
        };
        return _peak * (rise * fall);
    }
}
