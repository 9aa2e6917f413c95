using System.Globalization;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Options;

/// <summary>Every figure of every preset: where one differs from the defaults, it is listed here.</summary>
[TestClass]
public class TrainingPresetTests
{
    [TestMethod]
    public void Fast_is_the_default_in_5_epochs() => AssertDiffers(TrainingPreset.Fast, "Epoch 5");

    [TestMethod]
    public void Few_images_are_all_learned_from_for_longer() => AssertDiffers(
        TrainingPreset.FewImages,
        "Epoch 100", "BatchSize 16", "LearningRate 0.02", "EmaDecay 0.995",
        "Augmentation.CropPaddingFraction 0.125", "Augmentation.AlternatingFlip False", "Augmentation.ResizedCropScale 0.35", "Augmentation.Brightness 0.3", "Augmentation.Contrast 0.3", "Augmentation.Saturation 0.3",
        "ValidationSetFraction 0");

    [TestMethod]
    public void The_default_preset_equals_the_defaults_of_the_options() => AssertDiffers(TrainingPreset.Default);

    [TestMethod]
    public void The_default_recipe_has_not_changed()
    {
        var options = new TrainerOptions();
        Assert.AreEqual((null, null, null, LearningRateSchedule.OneCycle), (options.Epoch, options.BatchSize, options.LearningRate, options.LearningRateSchedule));
        Assert.AreEqual((TrainingOptimizer.Muon, 0.9, true, 5e-4, false), (options.Optimizer, options.Momentum, options.Nesterov, options.WeightDecay, options.DecayNormAndBias));
        Assert.IsTrue(options.Reparameterization);
        Assert.AreEqual((0.1, true, true, false, false), (options.LabelSmoothing, options.RandomCrop, options.RandomFlip, options.BalancedSampling, options.TestTimeFlip));
        Assert.AreEqual(new AugmentationOptions(), options.Augmentation);
        Assert.AreEqual(
            new AugmentationOptions
            {
                CropPaddingFraction = 0.0625,
                AlternatingFlip = true,
                CropPaddingMode = CropPaddingMode.Reflect,
                ResizedCropScale = 1,
                RotationDegrees = 0,
                Brightness = 0,
                Contrast = 0,
                Saturation = 0,
                Hue = 0,
                RandomErasing = 0,
                Cutout = 0,
                MixUpAlpha = 0,
                CutMixAlpha = 0,
                RandAugment = null,
            },
            options.Augmentation);
        Assert.AreEqual((null, null, 0, ClassWeights.Equal), (options.WarmUpEpochs, options.MaxGradientNorm, options.EmaDecay, options.ClassWeights));
    }

    // Section 5: "initial learning rate 0.1, multiplied by 0.1 at epochs 150 and 250 of 350; SGD, momentum 0.9, weight decay 5e-4" and its mean and
    // deviation; batch and crop of the implementations that it cites.
    [TestMethod]
    public void PaperCifar_is_section_5_of_the_paper() => AssertDiffers(
        TrainingPreset.PaperCifar,
        "ImageHeight 32", "ImageWidth 32", "BatchSize 128", "Epoch 350",
        "LearningRate 0.1", "LearningRateSchedule Steps", "LearningRateSteps 150, 250", "WarmUpEpochs 0",
        "Pretrained none", "Optimizer Sgd", "Nesterov False", "Reparameterization False", "DecayNormAndBias True", "LabelSmoothing 0", "ValidationSetFraction 0",
        "Augmentation.CropPaddingFraction 0.125", "Augmentation.CropPaddingMode Zero", "Augmentation.AlternatingFlip False", "ChannelMean 0.491, 0.482, 0.446", "ChannelStandardDeviation 0.247, 0.243, 0.261");

    [TestMethod]
    public void PaperImageNet_is_PyTorchs_example_at_120_epochs() => AssertDiffers(
        TrainingPreset.PaperImageNet,
        "ImageHeight 224", "ImageWidth 224", "BatchSize 256", "Epoch 120",
        "LearningRate 0.1", "LearningRateSchedule Steps", "LearningRateSteps 30, 60, 90", "WarmUpEpochs 0",
        "Pretrained none", "Optimizer Sgd", "Nesterov False", "Reparameterization False", "WeightDecay 0.0001", "DecayNormAndBias True", "LabelSmoothing 0", "ValidationSetFraction 0",
        "RandomCrop False", "Augmentation.ResizedCropScale 0.08", "Augmentation.AlternatingFlip False", "ChannelMean 0.485, 0.456, 0.406", "ChannelStandardDeviation 0.229, 0.224, 0.225");

    [TestMethod]
    public void Every_preset_is_valid_and_every_other_name_refused()
    {
        foreach (var preset in Enum.GetValues<TrainingPreset>())
            TrainerOptions.FromPreset(preset).CheckedCopy();
        Assert.Contains("PaperCifar", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TrainerOptions.FromPreset((TrainingPreset)9)).Message);
    }

    private static void AssertDiffers(TrainingPreset preset, params string[] differences) => CollectionAssert.AreEquivalent(
        differences, Figures(TrainerOptions.FromPreset(preset), "").Except(Figures(new TrainerOptions(), "")).ToArray());

    private static IEnumerable<string> Figures(object options, string prefix) => options.GetType().GetProperties().SelectMany(property => property.GetValue(options) switch
    {
        AugmentationOptions augmentation => Figures(augmentation, property.Name + "."),
        IEnumerable<double> list => [$"{prefix}{property.Name} {string.Join(", ", list.Select(value => value.ToString(CultureInfo.InvariantCulture)))}"],
        var value => [string.Create(CultureInfo.InvariantCulture, $"{prefix}{property.Name} {value ?? "null"}")],
    });
}
