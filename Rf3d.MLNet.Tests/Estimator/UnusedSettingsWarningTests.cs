using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

[TestClass]
public class UnusedSettingsWarningTests
{
    [TestMethod]
    public void Settings_of_epochs_and_steps_are_named_where_only_the_last_layer_is_trained()
    {
        Assert.IsNull(UnusedSettingsWarning.Of(new()));
        Assert.StartsWith(
            "Epoch is not used: only the last layer is trained by default for fewer than 1,000 images, by a logistic regression. Adaptation FineTune trains all layers",
            UnusedSettingsWarning.Of(new() { Epoch = 30 }));
        Assert.StartsWith(
            "Epoch and BatchSize and LearningRate are not used: only the last layer is trained, by",
            UnusedSettingsWarning.Of(new() { Epoch = 30, BatchSize = 8, LearningRate = 0.1, Adaptation = MLNet.Adaptation.Probe }));
    }

    [TestMethod]
    public void A_model_that_is_continued_is_not_left_for_random_weights()
    {
        Assert.Contains("--pretrained none", UnusedSettingsWarning.Of(new() { Epoch = 2 })!);
        Assert.DoesNotContain("--pretrained none", UnusedSettingsWarning.Of(new() { Epoch = 2, ContinueFrom = "model.zip" })!);
    }

    [TestMethod]
    public void Values_of_a_preset_and_of_an_experiment_are_no_choice()
    {
        var preset = TrainerOptions.FromPreset(TrainingPreset.FewImages);
        Assert.IsNull(UnusedSettingsWarning.Of(preset));
        preset.Epoch = 7;
        Assert.StartsWith("Epoch is not used", UnusedSettingsWarning.Of(preset));
        Assert.IsNull(UnusedSettingsWarning.Of(new() { Epoch = 30, PauseAfterEpoch = 1 }));
    }
}
