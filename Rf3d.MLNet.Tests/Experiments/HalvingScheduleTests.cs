namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>How long candidates train before half of them are dropped.</summary>
[TestClass]
public class HalvingScheduleTests
{
    [TestMethod]
    [DataRow(1, 100, 1)]
    [DataRow(3, 100, 1)]
    [DataRow(4, 100, 1)]
    [DataRow(5, 100, 2)]
    [DataRow(8, 100, 2)]
    [DataRow(12, 100, 3)]
    [DataRow(100, 1, 1)]
    [DataRow(100, 5, 3)]
    public void Rungs_for_candidates_and_epochs(int candidates, int epochs, int rungs) => Assert.HasCount(rungs, HalvingSchedule.Of(candidates, epochs).Shares);

    [TestMethod]
    public void At_most_four_train_to_the_end_and_no_fewer_than_three()
    {
        for (var candidates = 1; candidates < 100; candidates++)
        {
            var last = Enumerable.Range(1, HalvingSchedule.Of(candidates, 1000).Shares.Length - 1).Aggregate(candidates, (count, _) => HalvingSchedule.Survivors(count));
            Assert.IsInRange(Math.Min(candidates, 3), 4, last);
        }
    }

    [TestMethod]
    public void Epochs_of_a_rung_are_a_share_of_each_training()
    {
        var schedule = HalvingSchedule.Of(12, 6);
        CollectionAssert.AreEqual(new[] { 2, 3, 6 }, Enumerable.Range(0, 3).Select(rung => schedule.EpochsAt(rung, 6)).ToArray());
        CollectionAssert.AreEqual(new[] { 5, 10, 20 }, Enumerable.Range(0, 3).Select(rung => schedule.EpochsAt(rung, 20)).ToArray());
    }

    [TestMethod]
    public void Seconds_are_those_of_the_slowest_survivors()
    {
        TrialCost[] costs = [new(1, 2, 8), new(10, 2, 8), new(1, 2, 8), new(1, 2, 8)];
        // Four train 4 epochs: 6 + 42 + 6 + 6; of two that continue for 4 more one is the slow one: 42 + 6.
        Assert.AreEqual(108, new HalvingSchedule([0.5, 1]).Seconds(0, costs), 1e-9);
    }

    [TestMethod]
    public void Epochs_that_are_done_take_no_time() => Assert.AreEqual(0, HalvingSchedule.Of(1, 8).Seconds(0, [new(1, 2, 8, Done: 8)]));

    [TestMethod]
    public void Candidates_that_are_dropped_at_half_time_cost_half()
    {
        var costs = Enumerable.Repeat(new TrialCost(1, 2, 8), 8).ToArray();
        // Eight train 4 epochs, 6 seconds each; four continue, as long again.
        Assert.AreEqual(72, HalvingSchedule.Of(8, 8).Seconds(0, costs), 1e-9);
    }

    [TestMethod]
    [DataRow(1000d, 4)]
    [DataRow(25d, 2)]
    [DataRow(0d, 1)]
    public void As_many_start_as_the_time_is_enough_for(double seconds, int expected) =>
        Assert.AreEqual(expected, HalvingSchedule.AffordableToStart([new(1, 2, 8), new(1, 2, 8), new(10, 2, 8), new(1, 2, 8)], seconds));

    [TestMethod]
    public void As_many_candidates_continue_as_the_time_is_enough_for()
    {
        TrialCost[] costs = [new(1, 0, 8, 4), new(1, 0, 8, 4)];
        Assert.AreEqual(2, new HalvingSchedule([0.5, 1]).Affordable(1, costs, 8));
        Assert.AreEqual(1, new HalvingSchedule([0.5, 1]).Affordable(1, costs, 7.9));
    }
}
