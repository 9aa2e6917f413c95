namespace Rf3d.MLNet.Tests.Training.Threads;

[TestClass]
public class ThreadPolicyTests
{
    // Beside one busy process on two cores, two threads take twice the time of one; alone half of it.
    private const double Alone = 0.05, OneThread = 0.1, BesideAnother = 0.2;

    [TestMethod]
    public void On_a_quiet_machine_nothing_is_tried()
    {
        var policy = new ThreadPolicy(2);
        foreach (var free in new double?[] { 2, 1.9, 2, null, 1.8, 2 })
        {
            Window(policy, free, _ => Alone);
            Assert.IsFalse(policy.IsTrying);
        }
        Assert.AreEqual(2, policy.Threads);
    }

    [TestMethod]
    public void Beside_a_busy_process_one_thread_is_tried_and_stays_and_two_come_back_when_it_ends()
    {
        var policy = new ThreadPolicy(2);
        Window(policy, 1.33, threads => threads == 2 ? BesideAnother : OneThread);
        Assert.IsFalse(policy.IsTrying, "One window may be a moment.");
        Window(policy, 1.33, threads => threads == 2 ? BesideAnother : OneThread);
        Assert.IsTrue(policy.IsTrying);
        Assert.AreEqual(1, policy.Threads);
        var trial = Finish(policy, OneThread)!;
        Assert.IsTrue(trial.IsKept);
        Assert.AreEqual((2, 1, 1), (trial.Before, trial.Tried, policy.Threads));
        Assert.AreEqual(BesideAnother, trial.SecondsBefore, 1e-9);
        Assert.AreEqual(OneThread, trial.SecondsTried, 1e-9);

        for (var i = 0; i < 10; i++)
            Window(policy, 1.0, _ => OneThread);
        Assert.IsFalse(policy.IsTrying);
        Window(policy, 2.0, _ => OneThread);
        Window(policy, 2.0, _ => OneThread);
        Assert.IsTrue(Finish(policy, Alone)!.IsKept);
        Assert.AreEqual(2, policy.Threads);
    }

    [TestMethod]
    public void A_number_of_threads_that_is_not_faster_by_a_tenth_is_not_kept_and_is_tried_less_and_less_often()
    {
        var policy = new ThreadPolicy(2);
        List<int> waits = [];
        var windows = 0;
        for (var i = 0; i < 2_000; i++)
        {
            Window(policy, 1.0, _ => Alone);
            windows++;
            if (!policy.IsTrying)
                continue;
            Assert.IsFalse(Finish(policy, 0.95 * Alone)!.IsKept);
            Assert.AreEqual(2, policy.Threads);
            waits.Add(windows);
            windows = 0;
        }
        CollectionAssert.AreEqual(new[] { 2, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512 }, waits);
    }

    [TestMethod]
    public void After_a_calm_time_the_first_reason_is_good_enough_again()
    {
        var policy = new ThreadPolicy(2);
        for (var i = 0; i < 200; i++)
        {
            Window(policy, 1.0, _ => Alone);
            if (policy.IsTrying)
                Finish(policy, Alone);
        }
        for (var i = 0; i < ThreadPolicy.CalmWindows; i++)
            Window(policy, 2.0, _ => Alone);
        Window(policy, 1.0, _ => BesideAnother);
        Window(policy, 1.0, _ => BesideAnother);
        Assert.IsTrue(policy.IsTrying);
    }

    [TestMethod]
    public void With_fewer_threads_all_of_them_are_tried_now_and_then_whatever_others_use()
    {
        var policy = new ThreadPolicy(4);
        Settle(policy, free: 2.0);
        List<int> waits = [];
        var windows = 0;
        for (var i = 0; i < 1_000; i++)
        {
            Window(policy, 2.0, _ => OneThread);
            windows++;
            if (!policy.IsTrying)
                continue;
            Assert.AreEqual(4, policy.Threads);
            Finish(policy, OneThread);
            Assert.AreEqual(2, policy.Threads);
            waits.Add(windows);
            windows = 0;
        }
        CollectionAssert.AreEqual(new[] { 64, 128, 256, 512 }, waits);
    }

    [TestMethod]
    public void Windows_that_contradict_each_other_start_nothing()
    {
        var policy = new ThreadPolicy(4);
        Settle(policy, free: 2.0);
        for (var i = 0; i < 20; i++)
        {
            Window(policy, i % 2 == 0 ? 4.0 : 1.0, _ => 0.2);
            Assert.IsFalse(policy.IsTrying);
        }
    }

    [TestMethod]
    public void A_trial_that_is_far_slower_ends_with_the_first_step_that_counts()
    {
        var policy = new ThreadPolicy(2);
        Settle(policy, free: 1.0);
        Window(policy, 2.0, _ => OneThread);
        Window(policy, 2.0, _ => OneThread);
        Assert.IsNull(policy.AfterStep(TimeSpan.FromSeconds(9)), "Kernels are prepared.");
        var trial = policy.AfterStep(TimeSpan.FromSeconds(9));
        Assert.IsFalse(trial!.IsKept);
        Assert.AreEqual(1, policy.Threads);
    }

    [TestMethod]
    public void Short_steps_are_tried_for_longer()
    {
        var policy = new ThreadPolicy(2);
        Window(policy, 1.0, _ => 0.02);
        Window(policy, 1.0, _ => 0.02);
        var steps = 0;
        while (policy.IsTrying)
        {
            policy.AfterStep(TimeSpan.FromSeconds(0.01));
            steps++;
        }
        // One prepares, and rounding may take one more.
        Assert.IsInRange((ThreadPolicy.TrialSeconds / 0.01) + 1, (ThreadPolicy.TrialSeconds / 0.01) + 2, steps);
    }

    [TestMethod]
    public void Long_steps_are_tried_fewer_times()
    {
        var policy = new ThreadPolicy(2);
        Window(policy, 1.0, _ => 10);
        policy.AfterStep(TimeSpan.FromSeconds(5));
        Assert.IsNull(policy.AfterStep(TimeSpan.FromSeconds(5)));
        Assert.IsTrue(policy.AfterStep(TimeSpan.FromSeconds(5))!.IsKept);
    }

    [TestMethod]
    public void One_window_is_enough_where_its_steps_take_long()
    {
        var policy = new ThreadPolicy(2);
        Window(policy, 1.0, _ => 0.9 * ThreadPolicy.LongWindowSeconds / 2, steps: 2);
        Assert.IsFalse(policy.IsTrying);
        policy = new ThreadPolicy(2);
        Window(policy, 1.0, _ => ThreadPolicy.LongWindowSeconds / 2, steps: 2);
        Assert.IsTrue(policy.IsTrying);
        policy = new ThreadPolicy(2);
        Window(policy, 2.0, _ => 6, steps: 2);
        Assert.IsFalse(policy.IsTrying, "All cores are free.");
    }

    [TestMethod]
    [DataRow(0.0, 1)]
    [DataRow(1.33, 1)]
    [DataRow(2.8, 3)]
    [DataRow(3.3, 3)]
    [DataRow(8.0, 8)]
    [DataRow(99.0, 8)]
    public void As_many_are_tried_as_there_are_cores_free(double free, int expected)
    {
        var policy = new ThreadPolicy(8);
        if (expected == 8)
            Settle(policy, free: 4.0);
        Window(policy, free, _ => 0.2);
        Window(policy, free, _ => 0.2);
        Assert.AreEqual(expected, policy.Threads);
    }

    private static void Settle(ThreadPolicy policy, double free)
    {
        Window(policy, free, _ => 0.2);
        Window(policy, free, _ => 0.2);
        Assert.IsTrue(Finish(policy, 0.08)!.IsKept);
    }

    private static void Window(ThreadPolicy policy, double? free, Func<int, double> seconds, int steps = 8)
    {
        for (var i = 0; i < steps; i++)
            Assert.IsNull(policy.AfterStep(TimeSpan.FromSeconds(seconds(policy.Threads))));
        policy.AfterWindow(free);
    }

    private static ThreadTrial? Finish(ThreadPolicy policy, double seconds)
    {
        ThreadTrial? trial = null;
        while (policy.IsTrying)
            trial = policy.AfterStep(TimeSpan.FromSeconds(seconds));
        return trial;
    }
}
