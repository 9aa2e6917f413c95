namespace Rf3d.MLNet.Tests.Training;

/// <summary>Each schedule against its closed form, with 10 batches in an epoch.</summary>
[TestClass]
public class LearningRateCurveTests
{
    private const int Batches = 10;

    private static double At(LearningRateCurve curve, double epoch) => curve.At(epoch * Batches, Batches);

    private static LearningRateCurve Curve(LearningRateSchedule schedule, double peak = 0.5, int epochs = 10) =>
        new(Recipe(schedule, peak, epochs));

    private static LearningRateCurve WarmedUp(LearningRateSchedule schedule, double epochs) => new(Recipe(schedule).With(recipe => recipe.WarmUpEpochs = epochs));

    private static TrainingRecipe Recipe(LearningRateSchedule schedule, double peak = 0.5, int epochs = 10) =>
        new() { LearningRateSchedule = schedule, LearningRate = peak, Epoch = epochs };

    [TestMethod]
    public void One_cycle_rises_for_a_fifth_and_falls_to_nearly_nothing()
    {
        var curve = Curve(LearningRateSchedule.OneCycle);
        Assert.AreEqual(0.05, At(curve, 0), 1e-12);
        Assert.AreEqual(0.5, At(curve, 2), 1e-12);
        Assert.AreEqual(0.25, At(curve, 6), 1e-12);
        Assert.AreEqual(0.0005, At(curve, 9.9999), 1e-12);
    }

    [TestMethod]
    public void One_cycle_rises_over_the_warm_up_if_there_is_one()
    {
        var curve = WarmedUp(LearningRateSchedule.OneCycle, 5);
        Assert.AreEqual(0.05 + (0.45 * 2.5 / 5), At(curve, 2.5), 1e-12);
        Assert.AreEqual(0.5, At(curve, 5), 1e-12);
        Assert.AreEqual(0.25, At(curve, 7.5), 1e-12);
        Assert.AreEqual(0.5, At(WarmedUp(LearningRateSchedule.OneCycle, 0), 0), 1e-12);
        Assert.AreEqual(0.5, At(WarmedUp(LearningRateSchedule.OneCycle, 10), 10), 1e-12);
    }

    // Section 5 of the paper: 0.1, a tenth of it after 150 epochs and again after 250, of 350.
    [TestMethod]
    [DataRow(149.9, 0.1)]
    [DataRow(150, 0.01)]
    [DataRow(249.9, 0.01)]
    [DataRow(250, 0.001)]
    [DataRow(349, 0.001)]
    public void Paper_steps_and_the_same_steps_by_epoch_fall_where_the_paper_says(double epoch, double rate)
    {
        Assert.AreEqual(rate, At(Curve(LearningRateSchedule.PaperSteps, 0.1, 350), epoch), 1e-12);
        Assert.AreEqual(rate, At(new(Recipe(LearningRateSchedule.Steps, 0.1, 350).With(recipe => recipe.LearningRateSteps = [150, 250])), epoch), 1e-12);
    }

    [TestMethod]
    [DataRow(LearningRateSchedule.OneCycle, 2)]
    [DataRow(LearningRateSchedule.Cosine, 0)]
    public void One_cycle_and_cosine_fall_to_the_final_factor(LearningRateSchedule schedule, int highest)
    {
        var curve = new LearningRateCurve(Recipe(schedule).With(recipe => recipe.FinalLearningRateFactor = 0.2));
        Assert.AreEqual(0.5, At(curve, highest), 1e-12);
        Assert.AreEqual(0.5 * 0.6, At(curve, (highest + 10) / 2.0), 1e-12);
        Assert.AreEqual(0.1, At(curve, 10), 1e-12);
    }

    [TestMethod]
    public void Steps_multiply_by_their_factor_at_the_first_batch_of_each()
    {
        // 30 and 90 of 110 epochs of 391 batches are no exact fractions: the step must not slip by a batch.
        var curve = new LearningRateCurve(Recipe(LearningRateSchedule.Steps, 1, 110).With(recipe => (recipe.LearningRateSteps, recipe.LearningRateStepFactor) = ([30, 60.5, 90], 0.5)));
        foreach (var (batch, rate) in new[] { (30 * 391, 0.5), (90 * 391, 0.125), (605 * 391 / 10, 0.5), ((605 * 391 / 10) + 1, 0.25) })
            Assert.AreEqual(rate, curve.At(batch, 391), 1e-12);
        Assert.AreEqual(1, curve.At((30 * 391) - 1, 391), 1e-12);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(2.0)]
    public void Cosine_is_half_a_cosine_over_the_epochs_after_the_warm_up(double warmUp)
    {
        var curve = WarmedUp(LearningRateSchedule.Cosine, warmUp);
        for (var epoch = warmUp; epoch <= 10; epoch += 0.5)
            Assert.AreEqual(0.25 * (1 + Math.Cos(Math.PI * (epoch - warmUp) / (10 - warmUp))), At(curve, epoch), 1e-12);
    }

    [TestMethod]
    [DataRow(LearningRateSchedule.Constant)]
    [DataRow(LearningRateSchedule.Cosine)]
    [DataRow(LearningRateSchedule.Steps)]
    [DataRow(LearningRateSchedule.PaperSteps)]
    public void Every_schedule_warms_up_from_a_tenth_in_a_straight_line(LearningRateSchedule schedule)
    {
        var curve = new LearningRateCurve(Recipe(schedule).With(recipe => (recipe.WarmUpEpochs, recipe.LearningRateSteps) = (2, [5])));
        foreach (var epoch in new[] { 0, 0.5, 1, 1.9 })
            Assert.AreEqual(0.5 * (0.1 + (0.9 * epoch / 2)), At(curve, epoch), 1e-12);
        Assert.AreEqual(0.5, At(curve, 2), 1e-12);
        Assert.AreEqual(0.5, At(new(Recipe(schedule).With(recipe => recipe.LearningRateSteps = [5])), 0), 1e-12);
    }

    [TestMethod]
    public void Constant_stays() => Assert.AreEqual(0.5, At(Curve(LearningRateSchedule.Constant), 9.9), 1e-12);
}
