using System.Globalization;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>A training that ends before its learning rate falls is not good, and says so.</summary>
[TestClass]
public class EarlyStopWarningTests
{
    [TestMethod]
    [DataRow(TrainingStopReason.EarlyStopping, LearningRateSchedule.OneCycle, 0.05, 0.04, true)]
    [DataRow(TrainingStopReason.EarlyStopping, LearningRateSchedule.OneCycle, 0.05, 0.02, false)]
    // The rate has only begun to rise.
    [DataRow(TrainingStopReason.EarlyStopping, LearningRateSchedule.OneCycle, 0.005, 0.01, true)]
    [DataRow(TrainingStopReason.EarlyStopping, LearningRateSchedule.Constant, 0.05, 0.05, false)]
    [DataRow(TrainingStopReason.Cancelled, LearningRateSchedule.OneCycle, 0.05, 0.05, false)]
    [DataRow(TrainingStopReason.Completed, LearningRateSchedule.OneCycle, 0.05, 0.05, false)]
    public void Stopping_at_a_high_learning_rate_is_warned_of(TrainingStopReason reason, LearningRateSchedule schedule, double before, double rate, bool isWarned)
    {
        TrainingMetrics Epoch(int number, double learningRate) => new()
        {
            Epoch = number, EpochCount = 60, Batch = 4, BatchCount = 4, IsEpochEnd = true, LearningRate = learningRate,
            Elapsed = TimeSpan.Zero, Loss = 1, Accuracy = 0, ImagesPerSecond = 1, Remaining = TimeSpan.Zero,
        };
        var history = new TrainingHistory
        {
            Epochs = [Epoch(24, before), Epoch(25, rate)], BestEpoch = 1, StopReason = reason, Device = "cpu", Seed = 1, TrainingImages = 400, ValidationImages = 40, BatchSize = 32, LearningRate = 0.05, Precision = TrainingPrecision.Float32,
        };
        var warning = EarlyStopWarning.Of(history, schedule, 0.05);
        if (isWarned)
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"Training stopped early in epoch 25 of 60, at a learning rate of {rate} of at most 0.05. With LearningRateSchedule OneCycle, most is learned in the last epochs"), warning!);
        else
            Assert.IsNull(warning);
    }
}
