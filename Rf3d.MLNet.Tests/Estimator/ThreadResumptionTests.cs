using Rf3d.MLNet.Tests.Training;
using Rf3d.MLNet.Tests.Training.Threads;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Estimator;

[TestClass]
public class ThreadResumptionTests
{
    [TestMethod]
    public void A_training_that_changed_its_threads_is_not_resumed_where_weights_have_to_be_the_same()
    {
        using var two = new ScriptedThreads(2);
        using var folder = new TempFolder();
        using var training = new SmallTraining { Epochs = 8, Recipe = settings => settings with { PauseAfterEpoch = 5 } };
        training.WatchThreads = () => ScriptedThreads.Watch(new ScriptedThreads.Clock(4, 1), ScriptedThreads.Busy());
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            training.Run(store);
        using var found = CheckpointStore.Open(folder.Path, _ => { });
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Check(isDeterministic: true));
        Assert.Contains("from 2 to 1 in epoch 1", error.Message);
        Assert.Contains("Set Deterministic to false", error.Message);
        Check(isDeterministic: false);

        void Check(bool isDeterministic)
        {
            var origin = SmallTraining.Origin();
            TrainingResumption.Check(found, NetworkPlan.Create(SmallTask.Network, OrganizerOptions.Off), origin.Fingerprint, origin.HardwareFingerprint, isDeterministic, _ => { });
        }
    }
}
