using Microsoft.ML;
using Rf3d.MLNet.Tests.Training;
using Rf3d.MLNet.Tests.Training.Threads;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>The number of threads of a training through the trainer.</summary>
[TestClass]
public class TrainerThreadsTests
{
    [TestMethod]
    public void Fit_watches_the_number_of_threads_unless_it_has_to_be_deterministic()
    {
        if (ProcessorSet.OfThisProcess() is not { Cores: > 1 and var cores })
        {
            Assert.Inconclusive("Skipped: there is one core, or the system does not report it.");
            return;
        }
        using var threads = new ScriptedThreads(cores);
        var variable = Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        try
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", null);
            Assert.IsTrue(NotesAChange(isDeterministic: false));
            Assert.IsFalse(NotesAChange(isDeterministic: true));
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", variable);
        }

        // The watch notes another number that the application sets meanwhile.
        bool NotesAChange(bool isDeterministic)
        {
            torch.set_num_threads(cores);
            var mlContext = new MLContext(1);
            using var model = SmallTask.Trainer(mlContext, options =>
            {
                options.Deterministic = isDeterministic;
                options.MetricsCallback = metrics =>
                {
                    if (metrics is { Epoch: 1, IsEpochEnd: true })
                        torch.set_num_threads(cores + 3);
                };
            }).Fit(SmallTask.Images(mlContext, 60));
            return model.History.ThreadChanges.Any(change => change.To == cores + 3);
        }
    }

    [TestMethod]
    public void A_training_that_changed_its_threads_is_not_resumed_where_weights_have_to_be_the_same()
    {
        using var two = new ScriptedThreads(2);
        using var folder = new TempFolder();
        using var training = ScriptedThreads.Paused(folder.Path);
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
