using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Trials that fail, and experiments that cannot run.</summary>
[TestClass]
public class ExperimentErrorTests
{
    [TestMethod]
    public void A_failed_trial_is_reported_and_the_experiment_continues()
    {
        var settings = SmallExperiment.Settings;
        settings.TrainerOptions.Epoch = 1;
        settings.SearchSpace.Networks = [SmallTask.Network];
        settings.SearchSpace.Decompositions = [Decomposition.Off];
        settings.SearchSpace.Recipes =
        [
            new("broken", options => (options.Momentum, options.MetricsCallback) = (0.5, _ => throw new InvalidOperationException("Broken on purpose."))),
            Rf3dRecipe.Default,
        ];
        List<Rf3dRunDetail> reports = [];
        using var result = SmallExperiment.Run(settings, reports.Add);
        Assert.AreEqual("Broken on purpose.", reports[0].Exception!.Message);
        Assert.IsNull(reports[0].Score);
        Assert.AreEqual(Rf3dCandidateVerdict.Failed, result.Candidates[0].Verdict);
        Assert.AreEqual("Broken on purpose.", result.Candidates[0].Reason);
        Assert.AreEqual(Rf3dCandidateVerdict.Best, result.Candidates[1].Verdict);
    }

    [TestMethod]
    public void Where_all_trials_fail_the_error_has_their_reasons()
    {
        var settings = SmallExperiment.Settings;
        settings.MaximumMemoryUsageInMegaByte = 1;
        settings.MaxModels = 2;
        var error = Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.Run(settings));
        Assert.Contains("All trainings of the experiment failed: 'small 16x16 off default'", error.Message);
        Assert.Contains(": The process used", error.Message);
        Assert.Contains("above MaximumMemoryUsageInMegaByte = 1", error.Message);
        Assert.IsInstanceOfType<InvalidOperationException>(error.InnerException);
    }

    [TestMethod]
    public void The_same_reason_of_several_failures_is_reported_once()
    {
        var settings = SmallExperiment.Settings;
        settings.MaxModels = 2;
        settings.TrialCallback = trial => _ = trial.Metrics is null ? 0 : throw new InvalidOperationException("Broken on purpose.");
        var error = Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.Run(settings));
        Assert.EndsWith("'wide 16x16 off default': Broken on purpose.", error.Message);
        Assert.Contains("failed: 'small 16x16 off default', 'wide", error.Message);
    }

    [TestMethod]
    public void An_image_that_cannot_be_read_ends_the_experiment_and_leaves_no_folder()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.Settings;
        settings.ExperimentDirectory = folder["experiment"];
        foreach (var label in new[] { "blue", "red" })
        {
            for (var i = 0; i < 4; i++)
                SmallTask.WritePng(folder.New("data", label, $"{i}.png"), [label == "red" ? byte.MaxValue : byte.MinValue, 0, 99], 16, 16);
        }
        File.WriteAllText(folder["data", "red", "3.png"], "no image");
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadImageFolder(folder["data"]);
        settings.SearchSpace.Networks = [SmallTask.Network with { Classes = 2 }];
        var error = Assert.ThrowsExactly<InvalidDataException>(() => mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(data));
        Assert.Contains("3.png", error.Message);
        Assert.IsFalse(Directory.Exists(folder["experiment"]));
    }

    [TestMethod]
    public void A_device_that_is_not_there_is_an_error_before_any_trial()
    {
        var settings = SmallExperiment.Settings;
        settings.TrainerOptions.Device = "cuda:99";
        settings.TrialCallback = _ => Assert.Fail("This is training.");
        Assert.StartsWith("Device = \"cuda:99\" asks for a GPU", Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.Run(settings)).Message);
    }

    [TestMethod]
    public void Where_nothing_can_be_trained_no_folder_is_left()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.Settings;
        (settings.ExperimentDirectory, settings.MaxModelBytes) = (folder["experiment"], 10);
        Assert.Contains("No candidate can be trained", Assert.ThrowsExactly<InvalidOperationException>(() => SmallExperiment.Run(settings)).Message);
        Assert.IsFalse(Directory.Exists(folder["experiment"]));
    }

    [TestMethod]
    public void A_model_to_continue_is_refused_in_the_words_of_the_experiment()
    {
        var settings = SmallExperiment.SettingsOf(null, new Rf3dRecipe("continued", options => options.ContinueFrom = "m.zip"));
        AssertRefused(Assert.ThrowsExactly<InvalidOptionsException>(() => SmallExperiment.RunOnFourImages(settings)));
        settings = SmallExperiment.SettingsOf(null, Rf3dRecipe.Default);
        settings.TrainerOptions.ContinueFrom = "m.zip";
        AssertRefused(Assert.ThrowsExactly<InvalidOptionsException>(settings.CheckedCopy));

        static void AssertRefused(InvalidOptionsException error)
        {
            Assert.Contains("ContinueFrom is 'm.zip', and an experiment compares networks", error.Message);
            Assert.Contains("SearchSpace.Pretrained", error.Message);
            Assert.HasCount(1, error.Errors);
        }
    }

    [TestMethod]
    public void Settings_out_of_range_are_reported_together()
    {
        var settings = SmallExperiment.Settings;
        (settings.MaxModels, settings.MaxLatencyMilliseconds, settings.ExperimentDirectory) = (0, -1, "");
        var catalog = new MLContext().MulticlassClassification;
        var error = Assert.ThrowsExactly<InvalidOptionsException>(() => catalog.CreateRf3dExperiment(settings));
        foreach (var name in new[] { "MaxModels", "MaxLatencyMilliseconds", "ExperimentDirectory" })
            Assert.Contains(name, error.Message);

        settings = SmallExperiment.Settings;
        (settings.SearchSpace.Networks, settings.SearchSpace.WidthMultipliers, settings.SearchSpace.Recipes) = ([], [17, 0.5, 0.5], [Rf3dRecipe.Default, Rf3dRecipe.Default]);
        (settings.SearchSpace.ImageSizes, settings.SearchSpace.Decompositions) = ([32, 32], [Decomposition.Auto, Decomposition.Auto]);
        error = Assert.ThrowsExactly<InvalidOptionsException>(() => catalog.CreateRf3dExperiment(settings));
        foreach (var part in new[] { "there must be a base network", "WidthMultipliers has 17", "WidthMultipliers has '0.5' twice", "ImageSizes has '32' twice", "Decompositions has 'auto' twice", "Recipes has 'default' twice" })
            Assert.Contains(part, error.Message);
    }
}
