using TorchSharp;

namespace Rf3d.MLNet.Tests.Training.Threads;

[TestClass]
public class ThreadWatchTests
{
    [TestMethod]
    public void Beside_a_busy_process_a_training_changes_its_threads_says_so_and_gives_them_back()
    {
        using var two = new ScriptedThreads(2);
        using var training = new SmallTraining { Epochs = 8 };
        List<string> messages = [];
        training.WatchThreads = () => ScriptedThreads.Watch(new ScriptedThreads.Clock(secondsWithTwo: 4, secondsWithOne: 1), ScriptedThreads.Busy(), messages.Add);
        var history = training.Run(null).History;
        // The first steps do not count; then there is one window, of two long steps.
        var steps = ThreadWatch.FirstSteps + ThreadWatch.WindowSteps;
        var change = history.ThreadChanges.Single();
        Assert.AreEqual((2, 1), (change.From, change.To));
        Assert.AreEqual(steps, ((change.Epoch - 1) * 6) + change.Batches);
        Assert.Contains("Training now uses 1 of 2 threads: a step takes 4000 ms with 2 and 1000 ms with 1", messages.Single());
        Assert.AreEqual(2, torch.get_num_threads());
    }

    [TestMethod]
    public void A_trial_in_vain_is_recorded_too()
    {
        using var two = new ScriptedThreads(2);
        using var training = new SmallTraining { Epochs = 8 };
        List<string> messages = [];
        training.WatchThreads = () => ScriptedThreads.Watch(new ScriptedThreads.Clock(secondsWithTwo: 1, secondsWithOne: 1), ScriptedThreads.Busy(), messages.Add);
        var changes = training.Run(null).History.ThreadChanges;
        CollectionAssert.AreEqual(new[] { (2, 1), (1, 2) }, changes.Take(2).Select(change => (change.From, change.To)).ToList());
        Assert.StartsWith("Training keeps 2 of 2 threads", messages[0]);
    }

    [TestMethod]
    public void Without_a_change_the_weights_are_those_of_a_training_that_is_not_watched()
    {
        using var two = new ScriptedThreads(2);
        using var training = new SmallTraining();
        var expected = training.Run(null);
        var windows = 0;
        training.WatchThreads = () => ScriptedThreads.Watch(new ScriptedThreads.Clock(1, 1), () =>
        {
            windows++;
            return ScriptedThreads.Quiet();
        });
        var watched = training.Run(null);
        Assert.IsGreaterThan(1, windows);
        Assert.IsEmpty(watched.History.ThreadChanges);
        SmallTraining.AssertSameWeights(expected.Weights, watched.Weights);
    }

    [TestMethod]
    public void A_limit_of_the_containers_time_limits_the_threads_from_the_start()
    {
        using var two = new ScriptedThreads(2);
        using var training = new SmallTraining();
        List<string> messages = [];
        training.WatchThreads = () => new(new ScriptedThreads.Clock(1, 1), 2, 2, limit: 1, ScriptedThreads.Quiet, messages.Add);
        var change = training.Run(null).History.ThreadChanges.Single();
        Assert.AreEqual((1, 0, 2, 1), (change.Epoch, change.Batches, change.From, change.To));
        Assert.Contains("training uses 1 of 2 threads", messages.Single());
        Assert.AreEqual(2, torch.get_num_threads());
    }

    [TestMethod]
    public void A_checkpoint_has_the_changes_and_the_machine_at_hand_decides_again()
    {
        using var two = new ScriptedThreads(2);
        using var folder = new TempFolder();
        using var training = ScriptedThreads.Paused(folder.Path);
        (training.Recipe, training.WatchThreads) = (settings => settings, () => ScriptedThreads.Watch(new ScriptedThreads.Clock(1, 1), ScriptedThreads.Quiet));
        using var again = CheckpointStore.Open(folder.Path, _ => { });
        var changes = training.Run(again).History.ThreadChanges;
        CollectionAssert.AreEqual(new[] { (2, 1), (1, 2) }, changes.Select(change => (change.From, change.To)).ToList());
        Assert.AreEqual((6, 0), (changes[1].Epoch, changes[1].Batches));
    }

    [TestMethod]
    public void A_number_of_threads_that_an_application_sets_meanwhile_stays_and_is_recorded()
    {
        using var two = new ScriptedThreads(2);
        using var training = new SmallTraining { Epochs = 8, Report = metrics => torch.set_num_threads(3) };
        training.WatchThreads = () => ScriptedThreads.Watch(new ScriptedThreads.Clock(4, 1), ScriptedThreads.Busy());
        var change = training.Run(null).History.ThreadChanges.Single();
        Assert.AreEqual((2, 3), (change.From, change.To));
        Assert.AreEqual(3, torch.get_num_threads());
    }

    [TestMethod]
    public void Nothing_watches_where_weights_have_to_be_the_same_or_a_gpu_trains_or_the_user_chose()
    {
        if (ProcessorSet.OfThisProcess() is not { Cores: > 1 and var cores })
        {
            Assert.Inconclusive("Skipped: there is one core, or the system does not tell.");
            return;
        }
        using var threads = new ScriptedThreads(cores);
        var variable = Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        try
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", null);
            using var watch = For(torch.CPU, isDeterministic: false);
            Assert.IsNotNull(watch);
            Assert.IsNull(For(torch.CPU, isDeterministic: true));
            Assert.IsNull(For(new torch.Device(DeviceType.CUDA), isDeterministic: false));
            torch.set_num_threads(1 + (2 * Environment.ProcessorCount));
            Assert.IsNull(For(torch.CPU, isDeterministic: false));
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", variable);
        }

        static ThreadWatch? For(torch.Device device, bool isDeterministic) => ThreadWatch.For(device, isDeterministic, TimeProvider.System, _ => { });
    }
}
