using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>The number of epochs, where the options leave it open.</summary>
[TestClass]
public class EpochChoiceTests
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    [DataRow(1L, 200)]
    [DataRow(120L, 200)]
    [DataRow(121L, 199)]
    [DataRow(400L, 60)]
    [DataRow(401L, 60)]
    [DataRow(1_199L, 21)]
    [DataRow(1_200L, 20)]
    [DataRow(1_000_000L, 20)]
    [DataRow(null, 20)]
    public void A_network_sees_24_000_images_at_least_in_at_most_200_epochs(long? images, int expected)
    {
        Assert.AreEqual(expected, EpochChoice.Of(new(), images, hasWeights: false));
        Assert.AreEqual(20, EpochChoice.Of(new(), images, hasWeights: true));
        Assert.AreEqual(7, EpochChoice.Of(new() { Epoch = 7 }, images, hasWeights: false));
        // What is counted in epochs is meant for the usual number.
        Assert.AreEqual(20, EpochChoice.Of(new() { WarmUpEpochs = 2 }, images, hasWeights: false));
        Assert.AreEqual(expected, EpochChoice.Of(new() { WarmUpEpochs = 0 }, images, hasWeights: false));
        Assert.AreEqual(20, EpochChoice.Of(new() { LearningRateSchedule = LearningRateSchedule.Steps, LearningRateSteps = [10] }, images, hasWeights: false));
    }

    [TestMethod]
    public void Fit_chooses_by_the_images_that_it_learns_from_and_says_so()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.RawMessage);
        using var model = Fit(options => options.ValidationSetFraction = 0.5f);
        // 300 of the 600 images.
        Assert.AreEqual(80, model.History.Epochs[0].EpochCount);
        Assert.HasCount(1, model.History.Epochs);
        Assert.Contains(message => message.Contains("80 epochs (more than usual, because there are few images) of batches of 20", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_number_that_is_asked_for_is_trained_and_warned_of_if_it_is_too_small()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.RawMessage);
        using var model = Fit(options => options.Epoch = 3);
        Assert.AreEqual(3, model.History.Epochs[0].EpochCount);
        Assert.Contains("Random weights may hardly begin to learn in 3 epochs of 540 images. Raise Epoch (rf3d: --epoch, --train-time), to 45 for instance.", messages);
    }

    [TestMethod]
    // Few epochs of few images, as a preset or a limit of time has.
    [DataRow(5, 400, 32, true, "in 5 epochs of 400 images. Raise Epoch (rf3d: --epoch, --train-time), to 60 for instance.")]
    [DataRow(20, 400, 32, true, "in 20 epochs of 400 images. Raise Epoch (rf3d: --epoch, --train-time), to 60 for instance.")]
    [DataRow(30, 400, 32, true, null)]
    [DataRow(1, 11_000, 32, true, "in 1 epoch of 11000 images. Raise Epoch (rf3d: --epoch, --train-time), to 20 for instance.")]
    [DataRow(1, 12_000, 32, true, null)]
    // As many as by default, or half of them.
    [DataRow(200, 20, 32, false, null)]
    [DataRow(100, 20, 16, true, null)]
    // Few steps, because each takes most of the images.
    [DataRow(60, 400, 256, false, "in 60 steps of 256 images. Lower BatchSize (rf3d: --batch-size), to 32 for instance, which gives 720 steps.")]
    [DataRow(60, 400, 512, false, "in 60 steps of 400 images. Lower BatchSize")]
    [DataRow(24, 1_000, 512, false, "in 24 steps of 512 images")]
    [DataRow(20, 5_000, 256, false, null)]
    public void Settings_by_which_random_weights_hardly_begin_to_learn_are_warned_of(int epochs, long images, int batchSize, bool isStated, string? expected)
    {
        var warning = ShortTrainingWarning.Of(epochs, images, batchSize, isStated);
        if (expected is null)
            Assert.IsNull(warning);
        else
            Assert.StartsWith($"Random weights may hardly begin to learn {expected}", warning!);
    }

    [TestMethod]
    public void A_training_that_starts_from_learned_weights_has_the_usual_number()
    {
        using var folder = new TempFolder();
        using (var first = Fit(options => options.Epoch = 1))
            _mlContext.Model.Save(first, SmallTask.Images(_mlContext, 1).Schema, folder["first.zip"]);
        using var second = Fit(options => options.Pretrained = folder["first.zip"]);
        Assert.AreEqual(20, second.History.Epochs[0].EpochCount);
    }

    [TestMethod]
    public void The_short_way_to_a_trainer_leaves_the_number_open_too()
    {
        using var enough = new CancellationTokenSource();
        var counts = new List<int>();
        foreach (var trainer in new[] { _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(), _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(epoch: 3) })
            counts.Add(((Rf3dImageClassificationTrainer.Options)trainer.GetType().GetField("_options", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(trainer)!).Epoch ?? 0);
        CollectionAssert.AreEqual(new[] { 0, 3 }, counts);
    }

    [TestMethod]
    public void A_training_that_was_begun_with_a_number_is_not_resumed_without_it()
    {
        using var folder = new TempFolder();
        using (var first = Fit(options => (options.Epoch, options.CheckpointDirectory) = (7, folder.Path)))
            Assert.HasCount(1, first.History.Epochs);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Fit(options => options.CheckpointDirectory = folder.Path));
        Assert.Contains("Epoch was 7, is 45", error.Message);
        using var resumed = Fit(options => (options.Epoch, options.CheckpointDirectory) = (7, folder.Path), last: 2);
        Assert.HasCount(2, resumed.History.Epochs);
    }

    [TestMethod]
    public void A_training_that_was_begun_without_a_number_is_resumed_without_it()
    {
        using var folder = new TempFolder();
        using (var first = Fit(options => options.CheckpointDirectory = folder.Path))
            Assert.HasCount(1, first.History.Epochs);
        using var resumed = Fit(options => options.CheckpointDirectory = folder.Path, last: 2);
        Assert.HasCount(2, resumed.History.Epochs);
        Assert.AreEqual(45, resumed.History.Epochs[^1].EpochCount);
    }

    [TestMethod]
    public void A_warm_up_without_a_number_of_epochs_is_at_most_the_usual_number()
    {
        var options = SmallTask.Options;
        (options.Epoch, options.WarmUpEpochs) = (null, 21);
        Assert.Contains("WarmUpEpochs is 21; it must be at most Epoch, which is 20 by default.", Assert.ThrowsExactly<InvalidOptionsException>(() => options.CheckedCopy()).Message);
        options.WarmUpEpochs = 20;
        options.CheckedCopy();
    }

    /// <summary>Ends after an epoch.</summary>
    private Rf3dImageClassificationTransformer Fit(Action<Rf3dImageClassificationTrainer.Options> change, int last = 1)
    {
        using var enough = new CancellationTokenSource();
        return SmallTask.Trainer(_mlContext, options =>
        {
            (options.Epoch, options.CancellationToken) = (null, enough.Token);
            options.MetricsCallback = metrics =>
            {
                if (metrics.IsEpochEnd && metrics.Epoch == last)
                    enough.Cancel();
            };
            change(options);
        }).Fit(SmallTask.Images(_mlContext, 600));
    }
}
