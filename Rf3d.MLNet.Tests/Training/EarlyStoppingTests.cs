namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class EarlyStoppingTests
{
    [TestMethod]
    [DataRow(0.001, new[] { 0.5, 0.6, 0.6, 0.6 }, true)]
    [DataRow(0.001, new[] { 0.5, 0.6, 0.6, 0.7 }, false)]
    [DataRow(0.05, new[] { 0.5, 0.6, 0.62, 0.64 }, true)]
    [DataRow(0.0, new[] { 0.9, 1.0, 1.0, 1.0 }, true)]
    [DataRow(0.0, new[] { 0.9, 1.0 }, false)]
    public void Stops_after_two_epochs_without_improvement(double minDelta, double[] accuracies, bool stops) =>
        Assert.AreEqual(stops, new EarlyStopping { Patience = 2, MinDelta = minDelta }.ShouldStop([.. accuracies.Select(accuracy => Epoch(accuracy, 1))]));

    [TestMethod]
    public void Watches_the_loss_when_asked_to()
    {
        var criteria = new EarlyStopping { Patience = 2, Metric = EarlyStoppingMetric.Loss };
        Assert.IsTrue(criteria.ShouldStop([Epoch(0.1, 1), Epoch(0.2, 1.1), Epoch(0.3, 1.2)]));
        Assert.IsFalse(criteria.ShouldStop([Epoch(0.3, 1), Epoch(0.2, 0.9), Epoch(0.1, 0.8)]));
    }

    [TestMethod]
    public void Never_stops_without_validation() =>
        Assert.IsFalse(new EarlyStopping { Patience = 1 }.ShouldStop([Epoch(null, null), Epoch(null, null), Epoch(null, null)]));

    [TestMethod]
    public void Values_out_of_range_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopping { Patience = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopping { MinDelta = double.NaN });
    }

    private static TrainingMetrics Epoch(double? accuracy, double? loss) => new()
    {
        Epoch = 1,
        EpochCount = 9,
        Batch = 1,
        BatchCount = 1,
        Loss = 1,
        Accuracy = 0.5,
        ValidationAccuracy = accuracy,
        ValidationLoss = loss,
        LearningRate = 0.1,
        ImagesPerSecond = 1,
        Elapsed = TimeSpan.Zero,
        Remaining = TimeSpan.Zero,
        IsEpochEnd = true,
    };
}
