using System.Collections.Concurrent;
using Microsoft.ML;
using AdaptationKind = Rf3d.MLNet.Adaptation;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Trainings that start from a pretrained network: the probe, and fine-tuning.</summary>
[TestClass]
public class PretrainedTrainingTests
{
    private static readonly TempFolder Folder = new();

    private static string File => Folder["small.onnx"];

    [ClassInitialize]
    public static void Pretrain(TestContext context)
    {
        var mlContext = new MLContext(1);
        using var model = SmallTask.Trainer(mlContext, options => (options.Epoch, options.Precision) = (10, TrainingPrecision.Float32)).Fit(SmallTask.Images(mlContext, 800));
        model.SaveAsOnnx(File);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void The_losses_of_the_saved_models_are_compared()
    {
        var calibration = new ProbabilityCalibration { Temperature = 0.7, Images = 200, LogLossBefore = 0.9, LogLossAfter = 0.6, CalibrationErrorBefore = 0.1, CalibrationErrorAfter = 0.02 };
        var probe = new ProbeFigures(Loss: 0.8, Accuracy: 0.7, CalibratedLoss: 0.75);
        Assert.AreEqual((0.75, 0.6), PretrainedTraining.ComparedLosses(probe, calibration, 0.9, calibration));
        Assert.AreEqual((0.8, 0.6), PretrainedTraining.ComparedLosses(probe, null, 0.9, calibration));
        Assert.AreEqual((0.75, 0.9), PretrainedTraining.ComparedLosses(probe, calibration, 0.9, null));
        Assert.AreEqual((0.8, 0.9), PretrainedTraining.ComparedLosses(probe, null, 0.9, null));
        Assert.AreEqual((null, null), PretrainedTraining.ComparedLosses(null, calibration, null, null));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_probe_learns_from_features_and_its_figures_are_those_of_the_model(bool testTimeFlip)
    {
        var mlContext = new MLContext(1);
        var (train, validation) = (SmallTask.Images(mlContext, 120, seed: 2), SmallTask.Images(mlContext, 80, seed: 3));
        var reports = new List<TrainingMetrics>();
        using var model = Trainer(mlContext, options =>
        {
            (options.TestTimeFlip, options.MetricsCallback, options.Adaptation) = (testTimeFlip, reports.Add, AdaptationKind.Probe);
        }).Fit(train, validation);
        var epoch = model.History.Epochs.Single();
        Assert.AreSame(epoch, reports[^1]);
        Assert.AreEqual(TrainingPhase.LastLayer, epoch.Phase);
        Assert.StartsWith("last layer: loss", epoch.ToString());
        // Before it the pass over the images, which learns nothing.
        Assert.IsNotEmpty(reports[..^1]);
        Assert.IsTrue(reports[..^1].TrueForAll(report => report is { Phase: TrainingPhase.Features, IsEpochEnd: false }));
        Assert.AreEqual(reports[^2].BatchCount, reports[^2].Batch);
        Assert.AreEqual(TimeSpan.Zero, reports[^2].Remaining);
        Assert.StartsWith("features, batch", reports[^2].ToString());
        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(validation));
        Assert.AreEqual(epoch.ValidationAccuracy!.Value, metrics.MicroAccuracy, 1e-6);
        Assert.AreEqual(epoch.ValidationLoss!.Value, metrics.LogLoss, 1e-4);
        Assert.IsGreaterThan(0.6, metrics.MicroAccuracy);

        var origin = model.History.Pretrained!;
        Assert.AreEqual(("small.onnx", AdaptationKind.Probe), (origin.Name, origin.Adaptation));
        Assert.AreEqual(64, origin.Sha256.Length);
        Assert.IsGreaterThan(0.6, origin.CrossValidatedAccuracy!.Value);
        Assert.IsTrue(origin.CrossValidatedAccuracyInterval!.Value.Low < origin.CrossValidatedAccuracy && origin.CrossValidatedAccuracy < origin.CrossValidatedAccuracyInterval.Value.High);
        // All but the classifier, which is new.
        Assert.AreEqual(model.Plan.OptimizedCost.Parameters - (10 * 33), origin.KeptParameters);
    }

    [TestMethod]
    public void Few_images_are_probed_by_default_and_fine_tuning_trains_from_the_probe_on()
    {
        var mlContext = new MLContext(1);
        var (train, validation) = (SmallTask.Images(mlContext, 60, seed: 2), SmallTask.Images(mlContext, 60, seed: 3));
        using var probed = Trainer(mlContext).Fit(train, validation);
        Assert.AreEqual((AdaptationKind.Probe, false), (probed.History.Pretrained!.Adaptation, probed.History.Pretrained.IsChosenByValidation));

        using var tuned = Trainer(mlContext, options => options.Adaptation = AdaptationKind.FineTune).Fit(train, validation);
        Assert.AreEqual((AdaptationKind.FineTune, false), (tuned.History.Pretrained!.Adaptation, tuned.History.Pretrained.IsChosenByValidation));
        Assert.HasCount(2, tuned.History.Epochs);
        // A network that begins at nothing has a tenth after one epoch of three steps.
        Assert.IsGreaterThan(0.5, tuned.History.Epochs[0].ValidationAccuracy!.Value);
        Assert.AreEqual(0.2 * 0.05, tuned.History.LearningRate, 1e-9);
    }

    [TestMethod]
    public void A_resumed_fine_tuning_says_where_its_weights_are_from_and_the_model_names_no_folder()
    {
        var mlContext = new MLContext(1);
        var train = SmallTask.Images(mlContext, 60, seed: 2);
        Rf3dImageClassificationTransformer Fit(int? pause) => Trainer(mlContext, options =>
            (options.Adaptation, options.Seed, options.CheckpointDirectory, options.PauseAfterEpoch) = (AdaptationKind.FineTune, 4, Folder["checkpoints"], pause)).Fit(train);
        Fit(pause: 1).Dispose();
        using var resumed = Fit(pause: null);
        Assert.AreEqual(("small.onnx", AdaptationKind.FineTune), (resumed.History.Pretrained!.Name, resumed.History.Pretrained.Adaptation));
        Assert.AreEqual(1, resumed.History.ResumedFrom!.Epochs);
        Assert.HasCount(2, resumed.History.Epochs);
        var record = FeatureMapGraph.MetadataOf(resumed.Model.Backbone())![ModelRecord.Key];
        Assert.Contains("small.onnx", record);
        Assert.DoesNotContain("checkpoints", record);
    }

    [TestMethod]
    public void A_resumed_fine_tuning_that_is_cancelled_at_its_first_report_has_the_epochs_before()
    {
        var mlContext = new MLContext(1);
        var (train, validation) = (SmallTask.Images(mlContext, 60, seed: 2), SmallTask.Images(mlContext, 60, seed: 3));
        using var end = new CancellationTokenSource();
        Rf3dImageClassificationTransformer Fit(int? pause, Action<TrainingMetrics>? report) => Trainer(mlContext, options =>
        {
            (options.Seed, options.Epoch, options.CheckpointDirectory) = (4, 4, Folder["cancelled"]);
            (options.Adaptation, options.PauseAfterEpoch, options.MetricsCallback, options.CancellationToken) = (AdaptationKind.FineTune, pause, report, end.Token);
        }).Fit(train, validation);
        Fit(pause: 1, null).Dispose();
        using var resumed = Fit(pause: null, _ => end.Cancel());
        Assert.AreEqual(TrainingStopReason.Cancelled, resumed.History.StopReason);
        Assert.AreEqual(1, resumed.History.ResumedFrom!.Epochs);
        Assert.AreEqual(("small.onnx", AdaptationKind.FineTune), (resumed.History.Pretrained!.Name, resumed.History.Pretrained.Adaptation));
        Assert.AreEqual(resumed.History.Epochs[resumed.History.BestEpoch - 1].ValidationLoss!.Value, mlContext.MulticlassClassification.Evaluate(resumed.Transform(validation)).LogLoss, 0.05);
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_probe()
    {
        var mlContext = new MLContext(1);
        var (train, test) = (SmallTask.Images(mlContext, 60, seed: 2), SmallTask.Images(mlContext, 10, seed: 3));
        float[][] Scores()
        {
            using var model = Trainer(mlContext, options => options.Seed = 3).Fit(train);
            return [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float[]>(model.Transform(test), "Score")];
        }
        foreach (var (first, second) in Scores().Zip(Scores()))
            CollectionAssert.AreEqual(first, second);
    }

    [TestMethod]
    [DataRow(ImageStorage.Memory)]
    [DataRow(ImageStorage.Stream)]
    public void Features_of_a_planned_network_are_matched_to_those_of_the_whole_one(ImageStorage storage)
    {
        var mlContext = new MLContext(1);
        var messages = new ConcurrentQueue<string>();
        mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        using var model = Trainer(mlContext, options => (options.MinKeptShare, options.Organizer, options.Adaptation, options.ImageStorage) = (0, new() { Threshold = 1000 }, AdaptationKind.Probe, storage)).Fit(SmallTask.Images(mlContext, 60, seed: 2));
        Assert.AreEqual("1,1", string.Join(',', model.Plan.Optimized.GetStageDepths()));
        Assert.Contains(message => message.Contains("before and", StringComparison.Ordinal) && message.Contains("after matching", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void The_history_of_a_probe_has_the_settings()
    {
        var mlContext = new MLContext(1);
        using var model = Trainer(mlContext, options => (options.Seed, options.BatchSize, options.Adaptation) = (7, 24, AdaptationKind.Probe)).Fit(SmallTask.Images(mlContext, 60, seed: 2));
        Assert.AreEqual((7, 24), (model.History.Seed, model.History.BatchSize));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_validation_set_is_learned_from_where_the_options_say_so(bool refits)
    {
        var mlContext = new MLContext(1);
        using var model = Trainer(mlContext, options => (options.Adaptation, options.RefitOnValidationSet) = (AdaptationKind.Probe, refits)).Fit(SmallTask.Images(mlContext, 40), SmallTask.Images(mlContext, 20));
        Assert.AreEqual(refits, model.History.Pretrained!.LearnedValidationImages);
        Assert.AreEqual((40L, 20L), (model.History.TrainingImages, model.History.ValidationImages));
        Assert.IsNotNull(model.History.Epochs[0].ValidationAccuracy);
    }

    [TestMethod]
    public void A_probe_is_cancelled_while_features_are_computed()
    {
        var mlContext = new MLContext(1);
        using var source = new CancellationTokenSource();
        var trainer = Trainer(mlContext, options =>
        {
            (options.CancellationToken, options.Adaptation) = (source.Token, AdaptationKind.Probe);
            options.MetricsCallback = _ => source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(SmallTask.Images(mlContext, 600, seed: 2), SmallTask.Images(mlContext, 60, seed: 3)));
    }

    [TestMethod]
    public void A_fine_tuning_that_pauses_is_not_yet_compared_with_the_probe()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        // At a rate that does harm the probe would be kept.
        using var model = Trainer(mlContext, options =>
        {
            (options.Adaptation, options.LearningRate, options.Epoch, options.PauseAfterEpoch, options.CheckpointDirectory) = (AdaptationKind.Auto, 1, 3, 1, folder.Path);
        }).Fit(SmallTask.Images(mlContext, 1_000, seed: 2), SmallTask.Images(mlContext, 60, seed: 3));
        Assert.AreEqual((AdaptationKind.FineTune, 1), (model.History.Pretrained!.Adaptation, model.History.Epochs.Length));
        Assert.IsFalse(model.History.Pretrained.IsChosenByValidation);
    }

    [TestMethod]
    public void A_fine_tuning_that_is_cancelled_is_compared_and_is_not_complete()
    {
        using var end = new CancellationTokenSource();
        var mlContext = new MLContext(1);
        // At a rate that does harm the probe is kept.
        using var model = Trainer(mlContext, options =>
        {
            (options.Adaptation, options.LearningRate, options.Epoch, options.CancellationToken) = (AdaptationKind.Auto, 1, 3, end.Token);
            options.MetricsCallback = metrics =>
            {
                if (metrics is { Phase: TrainingPhase.Epochs, IsEpochEnd: true })
                    end.Cancel();
            };
        }).Fit(SmallTask.Images(mlContext, 1_000, seed: 2), SmallTask.Images(mlContext, 60, seed: 3));
        Assert.AreEqual((AdaptationKind.Probe, TrainingStopReason.Cancelled), (model.History.Pretrained!.Adaptation, model.History.StopReason));
        Assert.IsTrue(model.History.Pretrained.IsChosenByValidation);
    }

    [TestMethod]
    [DataRow(AdaptationKind.Auto)]
    [DataRow(AdaptationKind.FineTune)]
    public void A_fine_tuning_that_is_cancelled_in_its_first_epoch_leaves_the_probe(AdaptationKind adaptation)
    {
        using var end = new CancellationTokenSource();
        var mlContext = new MLContext(1);
        List<string> messages = [];
        mlContext.Log += (_, log) => messages.Add(log.RawMessage);
        var probes = 0;
        var validation = SmallTask.Images(mlContext, 60, seed: 3);
        using var model = Trainer(mlContext, options =>
        {
            (options.Adaptation, options.Epoch, options.CancellationToken) = (adaptation, 3, end.Token);
            options.MetricsCallback = metrics =>
            {
                if (metrics.Phase is not TrainingPhase.LastLayer)
                    return;
                probes++;
                end.Cancel();
            };
        }).Fit(SmallTask.Images(mlContext, 1_000, seed: 2), validation);
        Assert.AreEqual((AdaptationKind.Probe, TrainingStopReason.Cancelled), (model.History.Pretrained!.Adaptation, model.History.StopReason));
        Assert.AreEqual(1, probes);
        Assert.AreEqual(TrainingPhase.LastLayer, model.History.Epochs.Single().Phase);
        Assert.AreEqual(model.History.Epochs[0].ValidationLoss!.Value, mlContext.MulticlassClassification.Evaluate(model.Transform(validation)).LogLoss, 1e-4);
        Assert.Contains(message => message.StartsWith("Fine-tuning was cancelled before its first epoch was complete.", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_fine_tuning_that_was_cancelled_in_its_first_epoch_is_completed_by_the_next_Fit()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var (train, validation) = (SmallTask.Images(mlContext, 60, seed: 2), SmallTask.Images(mlContext, 60, seed: 3));
        Rf3dImageClassificationTransformer Fit(bool isCancelled, int? pause = null)
        {
            using var end = new CancellationTokenSource();
            return Trainer(mlContext, options =>
            {
                (options.Adaptation, options.Seed, options.Epoch, options.CheckpointDirectory) = (AdaptationKind.FineTune, 4, 2, folder.Path);
                (options.CancellationToken, options.PauseAfterEpoch) = (end.Token, pause);
                options.MetricsCallback = metrics =>
                {
                    if (isCancelled && metrics.Phase is TrainingPhase.LastLayer)
                        end.Cancel();
                };
            }).Fit(train, validation);
        }
        // A candidate of an experiment has no result before its first epoch.
        Assert.Throws<OperationCanceledException>(() => Fit(isCancelled: true, pause: 1));
        Directory.Delete(folder.Path, recursive: true);
        using var cancelled = Fit(isCancelled: true);
        Assert.AreEqual(AdaptationKind.Probe, cancelled.History.Pretrained!.Adaptation);
        using var complete = Fit(isCancelled: false);
        Assert.AreEqual((AdaptationKind.FineTune, TrainingStopReason.Completed, 2), (complete.History.Pretrained!.Adaptation, complete.History.StopReason, complete.History.Epochs.Length));
    }

    private static Rf3dImageClassificationTrainer Trainer(MLContext mlContext, Action<TrainerOptions>? change = null) => SmallTask.PretrainedTrainer(mlContext, File, change);
}
