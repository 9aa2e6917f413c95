using static TorchSharp.torch;

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
    public void A_loss_that_is_no_number_is_worse_than_any()
    {
        var criteria = new EarlyStopping { Patience = 2, Metric = EarlyStoppingMetric.Loss };
        Assert.IsFalse(criteria.ShouldStop([Epoch(0.1, double.NaN), Epoch(0.2, 3), Epoch(0.3, 2), Epoch(0.3, 1)]));
        Assert.IsTrue(criteria.ShouldStop([Epoch(0.1, double.NaN), Epoch(0.2, double.NaN), Epoch(0.3, double.NaN)]));
        Assert.IsTrue(criteria.ShouldStop([Epoch(0.1, 1), Epoch(0.2, double.NaN), Epoch(0.3, double.NaN)]));
    }

    [TestMethod]
    [DataRow(null, 2)]
    [DataRow(EarlyStoppingMetric.Accuracy, 2)]
    [DataRow(EarlyStoppingMetric.Loss, 3)]
    public void The_epoch_that_is_kept_is_the_best_by_the_watched_metric(EarlyStoppingMetric? metric, int expected)
    {
        var settings = RecipeFixture.Settings.With(recipe => recipe.EarlyStoppingCriteria = metric is { } watched ? new() { Metric = watched } : null);
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, settings);
        using var best = new WeightSnapshot(network);
        using var state = new TrainingState(network, best, null, optimizer, generator, settings);
        (double Accuracy, double Loss)[] epochs = [(0.5, 1), (0.6, 2), (0.4, 0.5), (0.6, 2.5), (0.3, 0.5)];
        foreach (var (accuracy, loss) in epochs)
            state.CompleteEpoch(Epoch(accuracy, loss) with { Epoch = state.Epoch });
        Assert.AreEqual(expected, state.BestEpoch);
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
