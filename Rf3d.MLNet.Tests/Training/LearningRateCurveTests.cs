namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class LearningRateScheduleTests
{
    [TestMethod]
    public void One_cycle_rises_for_a_fifth_and_falls_to_nearly_nothing()
    {
        double At(double progress) => LearningRateSchedule.OneCycle.At(0.5, progress);
        Assert.AreEqual(0.05, At(0), 1e-12);
        Assert.AreEqual(0.5, At(0.2), 1e-12);
        Assert.AreEqual(0.25, At(0.6), 1e-12);
        Assert.AreEqual(0.0005, At(0.9999), 1e-12);
    }

    // Section 5 of the paper: 0.1, a tenth of it after 150 epochs and again after 250, of 350.
    [TestMethod]
    [DataRow(149, 0.1)]
    [DataRow(150, 0.01)]
    [DataRow(249, 0.01)]
    [DataRow(250, 0.001)]
    [DataRow(349, 0.001)]
    public void Paper_steps_fall_where_the_paper_says(int epoch, double rate) =>
        Assert.AreEqual(rate, LearningRateSchedule.PaperSteps.At(0.1, epoch / 350.0), 1e-12);
}
