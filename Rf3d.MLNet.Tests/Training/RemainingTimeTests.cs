namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class RemainingTimeTests
{
    [TestMethod]
    [DataRow(4, null, 4)]
    [DataRow(8, null, 8)]
    [DataRow(4, 2, 2)]
    [DataRow(2, 8, 2)]
    public void It_is_for_the_epochs_that_are_trained(int epochs, int? pauseAfter, int trained)
    {
        var reports = new List<TrainingMetrics>();
        using var training = new SmallTraining { Epochs = epochs, Report = reports.Add, Recipe = settings => settings with { PauseAfterEpoch = pauseAfter } };
        training.Run(null);
        var total = trained * reports[0].BatchCount;
        // At the end of an epoch the clock has gone on with the validation.
        foreach (var report in reports.Where(report => !report.IsEpochEnd))
        {
            Assert.AreEqual(epochs, report.EpochCount);
            var done = ((report.Epoch - 1) * report.BatchCount) + report.Batch;
            Assert.AreEqual(report.Elapsed.TotalSeconds * (total - done) / done, report.Remaining.TotalSeconds, 1e-3);
        }
        Assert.AreEqual(trained, reports[^1].Epoch);
    }

    [TestMethod]
    public void Of_more_epochs_than_a_time_span_has_it_is_the_longest_one()
    {
        var reports = new List<TrainingMetrics>();
        using var end = new CancellationTokenSource();
        using var training = new SmallTraining { Epochs = int.MaxValue, Report = Report, Recipe = settings => settings with { Clock = new SlowClock() } };
        Assert.AreEqual(TrainingStopReason.Cancelled, training.Run(null, cancellation: end.Token).History.StopReason);
        Assert.AreEqual(TimeSpan.MaxValue, reports[0].Remaining);
        Assert.EndsWith(" left", reports[0].ToString());

        void Report(TrainingMetrics metrics)
        {
            reports.Add(metrics);
            if (metrics.IsEpochEnd)
                end.Cancel();
        }
    }

    /// <summary>Advances by 1,000 seconds whenever it is read.</summary>
    private sealed class SlowClock : TimeProvider
    {
        private long _thousands;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => 1_000 * _thousands++;
    }
}
