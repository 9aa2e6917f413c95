using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;
using static Rf3d.MLNet.Tests.Estimator.ErrorAssert;

namespace Rf3d.MLNet.Tests.Options;

/// <summary>Options that cannot be met: each error names the option, the problem and the remedy.</summary>
[TestClass]
public class BadOptionsTests
{
    private readonly MLContext _mlContext = new(1);

    private Rf3dImageClassificationTrainer Trainer(Action<Rf3dImageClassificationTrainer.Options>? change = null) => SmallTask.Trainer(_mlContext, change);

    [TestMethod]
    public void A_network_that_no_memory_is_large_enough_for()
    {
        // 2^49 bytes, which no system hands out, however generous it is with memory that it does not have.
        var network = SmallTask.Network with
        {
            Stages = [Stage.Repeat(Block.Convolution(256), 1)],
            Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [int.MaxValue] },
        };
        AssertError<InvalidOperationException>(
            () => Trainer(o => (o.Network, o.Organizer) = (network, OrganizerOptions.Off)).Fit(SmallTask.Images(_mlContext, 20)),
            "too little memory to train 'small' on 16x16 images on cpu", "you tried to allocate", "BatchSize (it is 20)");
    }

    [TestMethod]
    public void A_decomposition_that_cannot_be()
    {
        AssertError<ArgumentException>(() => Trainer(o => o.Decomposition = null!), "Decomposition must not be empty");
        // The second stage of the small network has two units, the first one only beside the one that sees the image.
        AssertError<InvalidOperationException>(
            () => Trainer(o => o.Decomposition = Decomposition.DepthwiseRolling(4)).Fit(SmallTask.Images(_mlContext, 40)), "DW+RPW-g4-o50", "stage 1", "channels: 4 of 16");
    }

    [TestMethod]
    public void A_network_without_a_head() =>
        AssertError<ArgumentException>(() => Trainer(o => o.Network = SmallTask.Network with { Head = null }), "has no head", "set its Head");

    [TestMethod]
    public void Options_out_of_range_come_all_in_one_message()
    {
        AssertError<InvalidOptionsException>(
            () => Trainer(o =>
            {
                o.BatchSize = 1;
                o.Epoch = 0;
                o.LearningRate = double.NaN;
                o.Momentum = 1;
                o.WeightDecay = -1;
                o.LabelSmoothing = 1;
                o.ValidationSetFraction = 1;
                o.ImageHeight = 0;
                o.Device = "gpu";
                o.LabelColumnName = "";
                o.Architecture = (Architecture)99;
                o.LearningRateSchedule = (LearningRateSchedule)99;
                o.ScoreColumnName = "X";
                o.PredictedLabelColumnName = "X";
                o.EmbeddingColumnName = "";
                o.WidthMultiplier = 0;
            }),
            "BatchSize is 1; it must be at least 2",
            "Epoch is 0",
            "LearningRate is NaN",
            "Momentum is 1; it must be at least 0 and below 1",
            "WeightDecay is -1",
            "LabelSmoothing is 1",
            "ValidationSetFraction is 1",
            "ImageHeight is 0",
            "ImageHeight and ImageWidth must be set together",
            "\"gpu\"",
            "LabelColumnName must not be empty",
            "Architecture is 99; it must be one of ResNet18Slim",
            "LearningRateSchedule is 99",
            "Two output columns are named 'X'",
            "EmbeddingColumnName must not be empty",
            "WidthMultiplier is 0; it must be above 0");
    }

    [TestMethod]
    public void Errors_are_data_that_front_ends_render_with_their_own_names()
    {
        var error = Assert.ThrowsExactly<InvalidOptionsException>(() => Trainer(o => (o.Epoch, o.WarmUpEpochs, o.Augmentation) = (4, 5, new() { MixUpAlpha = 11 })));
        CollectionAssert.AreEqual(new (string, object?)[] { ("Augmentation.MixUpAlpha", 11.0), ("WarmUpEpochs", 5.0) }, error.Errors.Select(each => (each.Option, each.Value)).ToArray());
        Assert.AreEqual("--WarmUpEpochs is 5; it must be at most --Epoch, which is 4.", error.Errors[1].Text.Render(name => "--" + name));
        Assert.AreEqual("Invalid options: Augmentation.MixUpAlpha is 11; it must be at least 0 and at most 10. WarmUpEpochs is 5; it must be at most Epoch, which is 4.", error.Message);

        var conflict = Assert.ThrowsExactly<OptionConflictException>(() => Trainer(o => o.Device = "cuda:99").Fit(SmallTask.Images(_mlContext)));
        Assert.StartsWith("--Device = \"cuda:99\" asks for a GPU", conflict.Text.Render(name => "--" + name));
        Assert.EndsWith("Use Device = \"auto\" or \"cpu\" to train without.", conflict.Message);
    }

    [TestMethod]
    public void A_recipe_out_of_range_comes_all_in_one_message()
    {
        AssertError<InvalidOptionsException>(
            () => Trainer(o =>
            {
                o.Epoch = 3;
                o.WarmUpEpochs = 4;
                o.LearningRateSchedule = LearningRateSchedule.Steps;
                o.LearningRateStepFactor = 0;
                o.Optimizer = (TrainingOptimizer)9;
                o.MaxGradientNorm = 0;
                o.EmaDecay = 1;
                o.BalancedSampling = true;
                o.ClassWeights = ClassWeights.Auto;
                o.ChannelMean = [0.5, 0.5];
                o.Augmentation = new()
                {
                    CropPaddingFraction = 0.6,
                    CropPaddingMode = (CropPaddingMode)9,
                    ResizedCropScale = 0,
                    RotationDegrees = 181,
                    Brightness = -1,
                    Contrast = 2,
                    Saturation = double.NaN,
                    Hue = 0.6,
                    RandomErasing = 1.5,
                    Cutout = 1.5,
                    MixUpAlpha = -1,
                    CutMixAlpha = 11,
                    RandAugment = new() { Operations = 0, Magnitude = 31 },
                };
            }),
            "WarmUpEpochs is 4; it must be at most Epoch, which is 3",
            "LearningRateSteps must say after which epochs",
            "LearningRateStepFactor is 0; it must be above 0 and at most 1",
            "Optimizer is 9; it must be one of Sgd, AdamW, Muon",
            "MaxGradientNorm is 0; it must be above 0",
            "EmaDecay is 1; it must be at least 0 and below 1",
            "set one of them",
            "ChannelMean and ChannelStandardDeviation must be set together",
            "ChannelMean is [0.5, 0.5]; it must have three figures",
            "Augmentation.CropPaddingFraction is 0.6; it must be above 0 and at most 0.5",
            "Augmentation.CropPaddingMode is 9; it must be one of Reflect, Zero",
            "Augmentation.ResizedCropScale is 0; it must be above 0 and at most 1",
            "Augmentation.RotationDegrees is 181",
            "Augmentation.Brightness is -1",
            "Augmentation.Contrast is 2",
            "Augmentation.Saturation is NaN",
            "Augmentation.Hue is 0.6; it must be at least 0 and at most 0.5",
            "Augmentation.RandomErasing is 1.5",
            "Augmentation.Cutout is 1.5",
            "Augmentation.MixUpAlpha is -1",
            "Augmentation.CutMixAlpha is 11",
            "Augmentation.RandAugment.Operations is 0; it must be at least 1 and at most 8",
            "Augmentation.RandAugment.Magnitude is 31");
        AssertError<ArgumentException>(() => Trainer(o => o.LearningRateSteps = [3, 3]), "LearningRateSteps is [3, 3]", "rising");
        AssertError<ArgumentException>(() => Trainer(o => (o.ChannelMean, o.ChannelStandardDeviation) = ([0, 0, 0], [1, 1, 0])), "ChannelStandardDeviation is [1, 1, 0]");
        AssertError<ArgumentException>(() => Trainer(o => o.Augmentation = null!), "Augmentation must not be empty");
        AssertError<OptionConflictException>(
            () => Trainer(o => o.ClassWeights = ClassWeights.Of(1, 2)).Fit(SmallTask.Images(_mlContext, 40)), "ClassWeights has 2 weights; the label has 10 classes");
    }

    [TestMethod]
    public void Output_columns_that_would_hide_others()
    {
        AssertError<ArgumentException>(() => Trainer(o => (o.ScoreColumnName, o.EmbeddingColumnName) = ("P", "Score")), "'Score' is kept for ScoreColumnName");
        AssertError<ArgumentException>(() => Trainer(o => (o.ScoreColumnName, o.PredictedLabelColumnName) = ("P", "Score")), "'Score' is kept for ScoreColumnName");
        AssertError<ArgumentException>(() => Trainer(o => o.PredictedLabelColumnName = "Label"), "'Label' would replace an input column");
    }

    [TestMethod]
    public void A_gpu_that_is_asked_for_and_absent()
    {
        if (TorchSharp.torch.cuda.is_available())
            Assert.Inconclusive("This machine has a GPU.");
        AssertError<InvalidOperationException>(() => Trainer(o => o.Device = "cuda:0").Fit(SmallTask.Images(_mlContext)), "cuda:0", "TorchSharp-cuda-windows", "\"cpu\"");

        var strict = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = false };
        var options = SmallTask.Options;
        options.Device = "auto";
        var trainer = strict.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        AssertError<InvalidOperationException>(() => trainer.Fit(SmallTask.Images(strict)), "GpuDeviceId = 0", "FallbackToCpu is false");

        var lenient = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = true };
        var messages = new ConcurrentQueue<string>();
        lenient.Log += (_, log) => messages.Enqueue(log.Message);
        using var model = lenient.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(SmallTask.Images(lenient, 40));
        Assert.AreEqual("cpu", model.History.Device);
        Assert.Contains(message => message.Contains("Training on the CPU, since FallbackToCpu is true", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_gpu_that_cannot_be_deterministic()
    {
        AssertError<InvalidOptionsException>(
            () => Trainer(o => (o.Deterministic, o.Device) = (true, "cuda:0")), "Deterministic is true, but Device is \"cuda:0\"", "\"cpu\"");

        var options = SmallTask.Options;
        (options.Deterministic, options.Device) = (true, "auto");
        var strict = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = false };
        var trainer = strict.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
        AssertError<InvalidOperationException>(() => trainer.Fit(SmallTask.Images(strict)), "FallbackToCpu is false", "Deterministic is true");
    }

    [TestMethod]
    public void Doubtful_recipes_cause_warnings()
    {
        var messages = new ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        Trainer(o => (o.Optimizer, o.LearningRateSchedule, o.LearningRateSteps) = (TrainingOptimizer.AdamW, LearningRateSchedule.Steps, [1, 3])).Fit(SmallTask.Images(_mlContext, 40)).Dispose();
        Assert.Contains(message => message.Contains("LearningRate is 0.05, which is high for Optimizer = AdamW", StringComparison.Ordinal), messages);
        Assert.Contains(message => message.Contains("LearningRateSteps is [1, 3], but there are only 2 epochs", StringComparison.Ordinal), messages);
        messages.Clear();
        Trainer(o => (o.Optimizer, o.LearningRate) = (TrainingOptimizer.AdamW, 0.003)).Fit(SmallTask.Images(_mlContext, 40)).Dispose();
        Assert.DoesNotContain(message => message.Contains("LearningRate", StringComparison.Ordinal) && message.Contains("high", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void A_budget_that_cannot_be_met() => AssertError<InvalidOperationException>(
        () => Trainer(o => o.Organizer = new() { MaxMacs = 1000 }).Fit(SmallTask.Images(_mlContext)), "above the budget of 1,000");
}
