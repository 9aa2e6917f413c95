using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class CheckpointTests
{
    /// <summary>The result of the usual training that nothing interrupts and that has no checkpoints.</summary>
    private static readonly Lazy<TrainedNetwork> Undisturbed = new(() =>
    {
        using var training = new SmallTraining();
        return training.Run(null);
    });

    [TestMethod]
    [DataRow(1, 3)]
    [DataRow(2, 5)]
    [DataRow(3, 6)]
    [DataRow(4, 1)]
    public void A_training_cancelled_within_an_epoch_resumes_and_ends_with_the_same_weights(int epoch, int batch)
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        using var cancellation = new CancellationTokenSource();
        training.Report = metrics =>
        {
            if ((metrics.Epoch, metrics.Batch) == (epoch, batch))
                cancellation.Cancel();
        };
        using (var store = Open(folder))
        {
            if (epoch == 1)
                Assert.ThrowsExactly<OperationCanceledException>(() => training.Run(store, cancellation: cancellation.Token));
            else
                Assert.AreEqual(TrainingStopReason.Cancelled, training.Run(store, cancellation: cancellation.Token).History.StopReason);
        }
        List<(int, int)> reports = [];
        training.Report = metrics => reports.Add((metrics.Epoch, metrics.Batch));
        using (var store = Open(folder))
        {
            var resumed = training.Run(store);
            SmallTraining.AssertSameWeights(Undisturbed.Value.Weights, resumed.Weights);
            Assert.AreEqual(Undisturbed.Value.History.BestEpoch, resumed.History.BestEpoch);
            CollectionAssert.AreEqual(Figures(Undisturbed.Value), Figures(resumed));
        }
        // The batch after the last, not the whole epoch again.
        Assert.AreEqual(batch == 6 ? (epoch + 1, 1) : (epoch, batch + 1), reports[0]);

        static List<(double, double?)> Figures(TrainedNetwork network) => [.. network.History.Epochs.Select(metrics => (metrics.Loss, metrics.ValidationLoss))];
    }

    [TestMethod]
    [DataRow(false, true)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Images_may_be_in_memory_before_and_in_a_file_after(bool before, bool after)
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        using var cancellation = new CancellationTokenSource();
        training.FromCache = before;
        training.Report = metrics =>
        {
            if ((metrics.Epoch, metrics.Batch) == (2, 3))
                cancellation.Cancel();
        };
        using (var store = Open(folder))
            training.Run(store, cancellation: cancellation.Token);
        training.Report = _ => { };
        training.FromCache = after;
        using (var store = Open(folder))
            SmallTraining.AssertSameWeights(Undisturbed.Value.Weights, training.Run(store).Weights);
    }

    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd)]
    [DataRow(TrainingOptimizer.AdamW)]
    [DataRow(TrainingOptimizer.Muon)]
    public void With_averaged_weights_and_every_augmentation_it_resumes_with_the_same_weights(TrainingOptimizer optimizer)
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining
        {
            Recipe = settings => settings.With(Everything) with { Precision = optimizer != TrainingOptimizer.Sgd ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32 },
        };
        var undisturbed = training.Run(null);
        using var cancellation = new CancellationTokenSource();
        training.Report = metrics =>
        {
            if ((metrics.Epoch, metrics.Batch) == (2, 4))
                cancellation.Cancel();
        };
        using (var store = Open(folder))
            training.Run(store, cancellation: cancellation.Token);
        using (var store = Open(folder))
            SmallTraining.AssertSameWeights(undisturbed.Weights, training.Run(store).Weights);

        void Everything(TrainingRecipe recipe)
        {
            recipe.Optimizer = optimizer;
            recipe.LearningRate = 0.01;
            recipe.EmaDecay = 0.9;
            recipe.MaxGradientNorm = 1;
            recipe.BalancedSampling = true;
            recipe.TestTimeFlip = true;
            recipe.Augmentation = new()
            {
                ResizedCropScale = 0.5, RotationDegrees = 20, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2, Hue = 0.1, RandomErasing = 0.5,
                MixUpAlpha = 0.2, CutMixAlpha = 1, RandAugment = new(),
            };
        }
    }

    [TestMethod]
    public void Checkpoints_change_nothing_and_the_two_last_are_kept()
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        using (var store = Open(folder))
            SmallTraining.AssertSameWeights(Undisturbed.Value.Weights, training.Run(store, TimeSpan.FromSeconds(1)).Weights);
        CollectionAssert.AreEqual(new[] { "checkpoint-000003-000005.safetensors", "checkpoint-000004-000000.safetensors" }, Files(folder));
    }

    [TestMethod]
    public void A_finished_training_is_loaded_and_not_trained_again()
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        TrainedNetwork first;
        using (var store = Open(folder))
            first = training.Run(store);
        training.Report = _ => Assert.Fail("This is training.");
        using (var store = Open(folder))
        {
            var second = training.Run(store);
            SmallTraining.AssertSameWeights(first.Weights, second.Weights);
            Assert.AreEqual(TrainingStopReason.Completed, second.History.StopReason);
            CollectionAssert.AreEqual(first.History.Epochs.ToList(), second.History.Epochs.ToList());
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_damaged_checkpoint_is_passed_over_and_the_weights_are_the_same(bool truncated)
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        TrainedNetwork whole;
        using (var store = Open(folder))
            whole = training.Run(store);
        Damage(folder[Files(folder)[^1]], truncated);

        List<string> warnings = [];
        using (var store = CheckpointStore.Open(folder.Path, warnings.Add))
        {
            Assert.AreEqual(3, store.Found!.Progress.Epochs.Length);
            SmallTraining.AssertSameWeights(whole.Weights, training.Run(store).Weights);
        }
        var warning = Assert.ContainsSingle(warnings);
        Assert.Contains("checkpoint-000004-000000.safetensors' cannot be used", warning);
        Assert.Contains("checkpoint-000003-000000.safetensors'", warning);

        foreach (var file in Files(folder))
            Damage(folder[file], truncated);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Open(folder));
        foreach (var file in Files(folder))
            Assert.Contains(file, error.Message);
        Assert.Contains("Delete the folder", error.Message);
    }

    [TestMethod]
    public void A_checkpoint_that_a_dead_process_was_writing_is_deleted()
    {
        using var folder = new TempFolder();
        var left = folder["checkpoint-000001-000000.safetensors.0123.tmp"];
        File.WriteAllText(left, "half");
        using var store = Open(folder);
        Assert.IsNull(store.Found);
        Assert.IsFalse(File.Exists(left));
    }

    [TestMethod]
    public void A_folder_serves_one_training_at_a_time()
    {
        using var folder = new TempFolder();
        using (Open(folder))
            Assert.Contains("another training", Assert.ThrowsExactly<IOException>(() => Open(folder)).Message);
        Open(folder).Dispose();
    }

    [TestMethod]
    public void A_first_checkpoint_that_cannot_be_written_ends_it_before_the_training()
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining { Report = _ => Assert.Fail("This is training.") };
        Directory.CreateDirectory(folder["checkpoint-000000-000000.safetensors"]);
        using var store = Open(folder);
        Assert.Contains("cannot be written", Assert.ThrowsExactly<IOException>(() => training.Run(store)).Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp"));
    }

    [TestMethod]
    public void A_folder_that_fails_later_stops_no_training()
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining();
        var inner = folder["inner"];
        using (var store = CheckpointStore.Open(inner, _ => { }))
        {
            training.Report = metrics =>
            {
                if ((metrics.Epoch, metrics.IsEpochEnd) == (2, true))
                    Directory.Delete(inner, recursive: true);
            };
            Assert.AreEqual(TrainingStopReason.Completed, training.Run(store).History.StopReason);
        }
        Assert.HasCount(2, training.Warnings);
        Assert.Contains("Training continues without a new checkpoint", training.Warnings[0]);
    }

    [TestMethod]
    public void Neither_saving_nor_resuming_takes_a_copy_of_the_weights()
    {
        const int Hidden = 1024;
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var layout = NetworkLayout.Of(new ConvNet
        {
            Name = "large head",
            Input = new TensorShape(3, 16, 16),
            Classes = 4,
            Stages = [Stage.Repeat(Block.Convolution(8), 1)],
            Head = new Head { HiddenLayers = [Hidden, Hidden] },
        });
        var settings = SmallTraining.Settings;
        using var generator = new Generator(1);
        using var network = new TorchNetwork(layout, generator);
        using var best = new WeightSnapshot(network);
        using var optimizer = Optimizers.Make(network, settings);
        using var state = new TrainingState(network, best, null, optimizer, generator, settings);

        using (var store = Open(folder))
            AssertAllocatesLittle(() => store.Save(state.Store(SmallTraining.Origin())));
        using (var store = Open(folder))
            AssertAllocatesLittle(() => state.Restore(store.Found!));

        static void AssertAllocatesLittle(Action action)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            Assert.IsLessThan(Hidden * Hidden * sizeof(float) / 2, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void The_state_of_optimizers_is_stored_and_restored()
    {
        AssertResumes(parameter => new FusedSgd([([parameter], 0.1)], 0.9, true));
        AssertResumes(parameter => new FusedAdamW([([parameter], 0.1)], 0.9));
        AssertResumes(parameter => new FusedMuon([([parameter], 0.1)], _ => false, null, 0.9, true, TrainingPrecision.Float32));
        AssertResumes(parameter => new FusedMuon([([parameter], 0.1)], _ => true, null, 0.9, true, TrainingPrecision.Float32));

        static void AssertResumes(Func<Parameter, FusedOptimizer> create)
        {
            using var scope = NewDisposeScope();
            var straight = new Parameter(arange(6, dtype: ScalarType.Float32).reshape(2, 3));
            using var optimizer = create(straight);
            Step(optimizer, straight);
            var stored = OptimizerTensors.Store(optimizer, _ => "p").ToDictionary(entry => entry.Name, entry => entry.Tensor);
            var resumed = new Parameter(straight.detach().clone());
            using var second = create(resumed);
            OptimizerTensors.Restore(second, _ => "p", _ => false, stored.GetValueOrDefault);
            Step(optimizer, straight);
            Step(second, resumed);
            CollectionAssert.AreEqual(straight.data<float>().ToArray(), resumed.data<float>().ToArray());
        }

        static void Step(FusedOptimizer optimizer, Parameter parameter)
        {
            parameter.grad = null;
            parameter.square().sum().backward();
            optimizer.Step(0.1);
        }
    }

    private static CheckpointStore Open(TempFolder folder) => CheckpointStore.Open(folder.Path, warning => Assert.Fail(warning));

    private static string[] Files(TempFolder folder) => [.. Directory.GetFiles(folder.Path, "*.safetensors").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void Damage(string path, bool truncated)
    {
        var content = File.ReadAllBytes(path);
        // A single bit of a weight, which only the checksum shows.
        content[^100] ^= 1;
        File.WriteAllBytes(path, truncated ? content[..(content.Length / 2)] : content);
    }
}
