using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Checkpoints as a user meets them: by calling <c>Fit</c> again.</summary>
[TestClass]
public class ResumeTests
{
    private static Rf3dImageClassificationTrainer.Options Options(TempFolder folder)
    {
        var options = SmallTask.Options;
        (options.Epoch, options.Seed, options.CheckpointDirectory) = (3, 7, folder["checkpoints"]);
        return options;
    }

    private static Rf3dImageClassificationTransformer Fit(Rf3dImageClassificationTrainer.Options options, int images = 60, ConcurrentQueue<string>? messages = null)
    {
        var mlContext = new MLContext();
        mlContext.Log += (_, log) => messages?.Enqueue(log.Message);
        return mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(mlContext, images));
    }

    [TestMethod]
    public void Fit_resumes_where_it_was_cancelled()
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        options.CheckpointDirectory = null;
        using var undisturbed = Fit(options);

        using var cancellation = new CancellationTokenSource();
        options = Options(folder);
        options.CancellationToken = cancellation.Token;
        // Not within an epoch: a slow machine reports progress there as well.
        options.MetricsCallback = metrics =>
        {
            if (metrics.IsEpochEnd)
                cancellation.Cancel();
        };
        Fit(options).Dispose();
        // Neither another seed of the context nor other names of columns matter.
        options = Options(folder);
        (options.Seed, options.ScoreColumnName) = (null, "Probability");
        ConcurrentQueue<string> messages = [];
        using var resumed = Fit(options, messages: messages);
        SmallTraining.AssertSameWeights(undisturbed.Model.Weights, resumed.Model.Weights);
        Assert.AreEqual(7, resumed.History.Seed);
        Assert.HasCount(3, resumed.History.Epochs);
        Assert.Contains(message => message.Contains("Resuming from the checkpoint", StringComparison.Ordinal), messages);

        using var again = Fit(options, messages: messages);
        SmallTraining.AssertSameWeights(undisturbed.Model.Weights, again.Model.Weights);
        Assert.Contains(message => message.Contains("is complete; its model is loaded", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    [DataRow(1e-9, true)]
    [DataRow(60, false)]
    public void Within_an_epoch_it_is_saved_as_often_as_was_asked_for(double minutes, bool isSavedWithin)
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        options.CheckpointMinutes = minutes;
        // Reported before the end of the epoch is saved.
        var seen = new HashSet<string>();
        options.MetricsCallback = _ => seen.UnionWith(Directory.GetFiles(folder["checkpoints"]).Select(path => Path.GetFileName(path)));
        Fit(options).Dispose();
        Assert.AreEqual(isSavedWithin, seen.Any(name => name.StartsWith("checkpoint-", StringComparison.Ordinal) && !name.EndsWith("-000000.safetensors", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void Precision_is_that_of_the_checkpoint_where_the_options_leave_it_open(TrainingPrecision precision)
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        (options.Precision, options.PauseAfterEpoch) = (precision, 1);
        Fit(options).Dispose();
        options = Options(folder);
        options.Precision = TrainingPrecision.Auto;
        using var resumed = Fit(options);
        Assert.AreEqual(precision, resumed.History.Precision);
        Assert.AreEqual((folder["checkpoints"], 1, 0, false), (resumed.History.ResumedFrom!.Folder, resumed.History.ResumedFrom.Epochs, resumed.History.ResumedFrom.Batches, resumed.History.ResumedFrom.WasComplete));
        Assert.HasCount(3, resumed.History.Epochs);
    }

    [TestMethod]
    public void Batch_and_learning_rate_are_those_of_the_checkpoint_where_the_options_leave_them_open()
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        (options.BatchSize, options.LearningRate, options.PauseAfterEpoch) = (12, 0.03, 1);
        ConcurrentQueue<string> messages = [];
        Fit(options).Dispose();
        (options.BatchSize, options.LearningRate) = (null, null);
        using var resumed = Fit(options, messages: messages);
        Assert.AreEqual((12, 0.03), (resumed.History.BatchSize, resumed.History.LearningRate));
        Assert.Contains(message => message.Contains("batches of 12 (as in the checkpoint), learning rate up to 0.03", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void On_a_cpu_the_automatic_batch_size_and_learning_rate_are_fixed()
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        (options.BatchSize, options.Epoch) = (null, 1);
        ConcurrentQueue<string> messages = [];
        using var model = Fit(options, messages: messages);
        Assert.AreEqual((32, 0.05), (model.History.BatchSize, model.History.LearningRate));
        Assert.Contains(message => message.Contains("batches of 32 (as always on a CPU), learning rate up to 0.05", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void Other_options_and_data_are_refused_with_every_difference()
    {
        using var folder = new TempFolder();
        Fit(Options(folder)).Dispose();
        var options = Options(folder);
        var batch = options.BatchSize;
        (options.BatchSize, options.LearningRate, options.Epoch, options.Seed, options.RandomFlip) = (30, 0.1, 4, 8, false);
        options.Organizer = new() { Threshold = 0.5 };
        options.EarlyStoppingCriteria = new();
        options.Network = SmallTask.Network with { Stages = [Stage.Repeat(Block.Convolution(8), 3)] };
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options, images: 70));
        string[] differences =
        [
            $"BatchSize was {batch}, is 30", "LearningRate was 0.05, is 0.1", "Epoch was 3, is 4", "Seed was 7, is 8", "RandomFlip was true, is false",
            "Organizer.Threshold was 0, is 0.5", "EarlyStoppingCriteria.Patience was not set, is 20", "the planned network was small for",
            "the training images was 60 of 16x16", "is 70 of 16x16", folder["checkpoints"], "CheckpointDirectory",
            "an earlier version of Rf3d.MLNet wrote them, which did not record what was 'not set'",
        ];
        foreach (var difference in differences)
            Assert.Contains(difference, error.Message);
        Assert.DoesNotContain("Momentum", error.Message);
    }

    [TestMethod]
    public void A_pixel_or_a_validation_set_is_a_difference()
    {
        using var folder = new TempFolder();
        Fit(Options(folder)).Dispose();
        var mlContext = new MLContext();
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options(folder));
        var error = Assert.ThrowsExactly<OptionConflictException>(
            () => trainer.Fit(SmallTask.Images(mlContext, 60, seed: 2), SmallTask.Images(mlContext, 20, seed: 3)));
        Assert.Contains("the training images was 60 of", error.Message);
        Assert.Contains("the validation images was part of the training images, is 20 of", error.Message);
        Assert.DoesNotContain("earlier version", error.Message);
    }

    [TestMethod]
    public void Another_pretrained_network_of_the_same_name_is_a_difference()
    {
        using var folder = new TempFolder();
        var layout = NetworkLayout.Of(SmallTask.Network);
        var options = Options(folder);
        (options.Network, options.Pretrained, options.ImageHeight, options.ImageWidth) = (null, folder["weights.onnx"], 16, 16);
        // A rate that changes no weight: they are drawn, and might not bear another.
        (options.Adaptation, options.LearningRate, options.PauseAfterEpoch) = (Rf3d.MLNet.Adaptation.FineTune, 1e-12, 1);
        Write(mean: 128, deviation: 64);
        Fit(options).Dispose();
        Write(mean: 96, deviation: 32);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options));
        Assert.Contains("the file of the pretrained network was ", error.Message);
        Assert.Contains("the normalisation was mean 128/128/128 and deviation 64/64/64, is mean 96/96/96 and deviation 32/32/32", error.Message);
        Assert.DoesNotContain("not set", error.Message);

        void Write(float mean, float deviation) => File.WriteAllBytes(
            folder["weights.onnx"], OnnxWriter.Classifier(layout, RandomWeights.Of(layout), new([mean, mean, mean], [deviation, deviation, deviation]), []));
    }

    [TestMethod]
    public void Another_model_of_the_same_name_is_a_difference()
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        (options.Network, options.ContinueFrom) = (null, SavedModels.Write(folder["model.zip"], SavedModels.First));
        (options.Adaptation, options.LearningRate, options.PauseAfterEpoch) = (Rf3d.MLNet.Adaptation.FineTune, 1e-12, 1);
        Fit(options).Dispose();
        SavedModels.Write(folder["model.zip"], SavedModels.Second);
        Assert.Contains("the model that is continued was ", Assert.ThrowsExactly<OptionConflictException>(() => Fit(options)).Message);
    }

    [TestMethod]
    public void Another_environment_is_reported_or_refused_where_weights_have_to_be_the_same()
    {
        using var folder = new TempFolder();
        var options = Options(folder);
        (options.Deterministic, options.PauseAfterEpoch) = (true, 1);
        Fit(options).Dispose();
        options.PauseAfterEpoch = 2;
        Fit(options).Dispose();
        var threads = TorchSharp.torch.get_num_threads();
        try
        {
            TorchSharp.torch.set_num_threads(threads + 1);
            var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options));
            Assert.Contains($"{threads} threads", error.Message);
            Assert.Contains($"{threads + 1} threads", error.Message);
            Assert.Contains("Deterministic is true", error.Message);
            // A training that continues nevertheless has weights of both, which its history keeps.
            var lenient = Options(folder);
            lenient.PauseAfterEpoch = 3;
            (lenient.Epoch, options.Epoch) = (3, 3);
            ConcurrentQueue<string> messages = [];
            Fit(lenient, messages: messages).Dispose();
            Assert.Contains(message => message.Contains("this is cpu", StringComparison.Ordinal) && message.Contains("differ in their last bits", StringComparison.Ordinal), messages);
            // A complete training has nothing left to differ in.
            Fit(options).Dispose();
        }
        finally
        {
            TorchSharp.torch.set_num_threads(threads);
        }
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_to_is_found_before_training()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["file"], "in the way");
        var options = Options(folder);
        options.CheckpointDirectory = folder["file", "checkpoints"];
        options.MetricsCallback = _ => Assert.Fail("This is training.");
        Assert.Contains("cannot be used", Assert.ThrowsExactly<IOException>(() => Fit(options)).Message);
    }

    [TestMethod]
    public void Limits_of_the_options()
    {
        var options = SmallTask.Options;
        (options.CheckpointDirectory, options.CheckpointMinutes) = ("", 0);
        var error = Assert.Throws<ArgumentException>(() => new MLContext().MulticlassClassification.Trainers.Rf3dImageClassifier(options));
        Assert.Contains("CheckpointDirectory must not be empty", error.Message);
        Assert.Contains("CheckpointMinutes is 0; it must be above 0", error.Message);
    }
}
