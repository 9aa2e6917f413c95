using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Serving;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Experiments as a user runs them.</summary>
[TestClass]
public class ExperimentTests
{
    [TestMethod]
    public void An_experiment_halves_its_candidates_and_gives_the_best_with_its_model()
    {
        List<Rf3dRunDetail> reports = [];
        using var result = SmallExperiment.Run(SmallExperiment.SettingsOfSix, reports.Add);
        Assert.HasCount(6, result.Candidates);
        Assert.HasCount(6, result.RunDetails);
        // One epoch of the first tells the speed; then six rise to the second epoch, and three to the fourth.
        CollectionAssert.AreEqual(new[] { 1, 2, 2, 2, 2, 2, 2, 4, 4, 4 }, reports.Select(detail => detail.Epochs).ToArray());
        CollectionAssert.AreEquivalent(
            new[]
            {
                Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Finished, Rf3dCandidateVerdict.Finished,
                Rf3dCandidateVerdict.Halved, Rf3dCandidateVerdict.Halved, Rf3dCandidateVerdict.Halved,
            },
            result.Candidates.Select(candidate => candidate.Verdict).ToArray());

        var best = result.BestRun;
        Assert.IsTrue(result.IsComplete);
        Assert.AreEqual(best.Score, best.ValidationMetrics!.MicroAccuracy);
        Assert.AreEqual(result.RunDetails.Max(detail => detail.Score), best.Score);
        Assert.HasCount(4, best.Model!.History.Epochs);
        Assert.AreEqual(best.Plan.OptimizedCost.Parameters, best.Model.Plan.OptimizedCost.Parameters);
        Assert.IsNotNull(best.Candidate.ModelBytes);
        var mlContext = new MLContext(2);
        Assert.AreEqual(10, best.Model.Transform(SmallTask.Images(mlContext, 10)).Preview().RowView.Length);
        foreach (var candidate in result.Candidates)
            Assert.Contains(candidate.Reason, result.ToString());
        Assert.Contains("beside the best", result.ToString());
        foreach (var candidate in result.Candidates)
        {
            Assert.AreEqual(candidate.Verdict == Rf3dCandidateVerdict.Finished, candidate.ComparedWithBest is not null);
            if (candidate.ComparedWithBest is { } comparison)
                Assert.AreEqual(candidate.Score!.Value - best.Score!.Value, comparison.AccuracyDifference, 1e-12);
        }
    }

    [TestMethod]
    public void The_plan_comes_before_the_trials_and_each_trial_reports_its_progress()
    {
        var settings = SmallExperiment.Settings;
        List<Rf3dExperimentPlan> plans = [];
        List<Rf3dTrialProgress> trials = [];
        settings.MaxModels = 3;
        settings.TrainerOptions.Epoch = 2;
        settings.PlanCallback = plan =>
        {
            Assert.IsEmpty(trials);
            plans.Add(plan);
        };
        settings.TrialCallback = trials.Add;
        SmallExperiment.Run(settings).Dispose();

        Assert.HasCount(1, plans);
        Assert.HasCount(4, plans[0].Candidates);
        Assert.HasCount(3, plans[0].Candidates.Where(candidate => candidate.Verdict == Rf3dCandidateVerdict.Kept));
        Assert.AreEqual(0, plans[0].FinishedTrials);
        // The first epoch of the first has no rung yet; three candidates are too few to halve.
        CollectionAssert.AreEqual(
            new (int?, int?, int)[] { (null, null, 1), (1, 1, 2), (1, 1, 2), (1, 1, 2) },
            trials.Where(trial => trial.Metrics is null).Select(trial => (trial.Rung, trial.RungCount, trial.LastEpoch)).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 1, 2, 1, 2 }, trials.Where(trial => trial.Metrics?.IsEpochEnd == true).Select(trial => trial.Metrics!.Epoch).ToArray());
        foreach (var end in trials.Where(trial => trial.Metrics is { IsEpochEnd: true } metrics && metrics.Epoch == trial.LastEpoch))
            Assert.AreEqual(TimeSpan.Zero, end.Metrics!.Remaining);
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_table()
    {
        var settings = SmallExperiment.Settings;
        settings.TrainerOptions.Epoch = 2;
        string[] Table()
        {
            using var result = SmallExperiment.Run(settings);
            return [.. result.Candidates.Select(candidate => $"{candidate.Name} {candidate.Verdict} {candidate.Reason} {candidate.Score}")];
        }
        CollectionAssert.AreEqual(Table(), Table());
    }

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
    public void Cancellation_keeps_the_best()
    {
        using var cancellation = new CancellationTokenSource();
        var settings = SmallExperiment.Settings;
        settings.CancellationToken = cancellation.Token;
        using var result = SmallExperiment.Run(settings, _ => cancellation.Cancel());
        Assert.HasCount(1, result.RunDetails);
        Assert.IsNotNull(result.BestRun.Model);
        Assert.AreEqual(1, result.BestRun.Epochs);
        Assert.Contains("after 1 of 4 epochs", result.BestRun.Candidate.Reason);

        Assert.Throws<OperationCanceledException>(() => SmallExperiment.Run(settings));
    }

    [TestMethod]
    public void The_cancellation_of_the_trainer_options_ends_the_experiment_too()
    {
        using var cancellation = new CancellationTokenSource();
        var settings = SmallExperiment.Settings;
        settings.TrainerOptions.CancellationToken = cancellation.Token;
        using var result = SmallExperiment.Run(settings, _ => cancellation.Cancel());
        Assert.HasCount(1, result.RunDetails);
        Assert.Contains("after 1 of 4 epochs", result.BestRun.Candidate.Reason);
        Assert.IsFalse(result.IsComplete);
    }

    [TestMethod]
    public void The_label_is_that_of_the_trainer_options_unless_another_is_given()
    {
        var mlContext = new MLContext(1);
        var (training, validation) = SmallExperiment.FourImages(mlContext);
        var other = mlContext.Transforms.CopyColumns("Breed", "Label").Append(mlContext.Transforms.DropColumns("Label")).Fit(training);
        var settings = SmallExperiment.SettingsOf(null, new Rf3dRecipe("short", options => options.Epoch = 1));
        settings.TrainerOptions.LabelColumnName = "Breed";
        var experiment = mlContext.MulticlassClassification.CreateRf3dExperiment(settings);
        using (var result = experiment.Execute(other.Transform(training), other.Transform(validation)))
            Assert.AreEqual(0.5, result.BestRun.Score);
        using (var result = experiment.Execute(training, validation, "Label"))
            Assert.AreEqual(0.5, result.BestRun.Score);
        Assert.Contains("'Breed'", Assert.ThrowsExactly<ArgumentException>(() => experiment.Execute(training, validation)).Message);
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
    public void Without_a_folder_the_checkpoints_are_among_the_temporary_files_of_the_context()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.SettingsOf(null, new Rf3dRecipe("short", options => options.Epoch = 1));
        List<string> during = [];
        settings.TrialCallback = _ => during.AddRange(Directory.GetDirectories(folder.Path, "rf3d-experiment-*"));
        SmallExperiment.RunOnFourImages(settings, new MLContext(1) { TempFilePath = folder.Path }).Dispose();
        Assert.HasCount(1, during.Distinct().ToList());
        Assert.IsEmpty(Directory.GetDirectories(folder.Path, "rf3d-experiment-*"));
    }

    [TestMethod]
    public void An_experiment_whose_only_candidate_was_stopped_is_not_complete()
    {
        using var folder = new TempFolder();
        using var cancellation = new CancellationTokenSource();
        var settings = SmallExperiment.Settings;
        (settings.MaxModels, settings.ExperimentDirectory, settings.CancellationToken) = (1, folder["experiment"], cancellation.Token);
        settings.TrialCallback = trial =>
        {
            if (trial.Metrics is { IsEpochEnd: true, Epoch: 2 })
                cancellation.Cancel();
        };
        using (var stopped = SmallExperiment.Run(settings))
        {
            // No other candidate says that something is left.
            Assert.AreEqual(Rf3dCandidateVerdict.Best, stopped.BestRun.Candidate.Verdict);
            Assert.AreEqual(2, stopped.BestRun.Epochs);
            Assert.IsFalse(stopped.IsComplete);
        }

        settings.CancellationToken = CancellationToken.None;
        using var resumed = SmallExperiment.Run(settings);
        Assert.AreEqual(4, resumed.BestRun.Epochs);
        Assert.IsTrue(resumed.IsComplete);
    }

    [TestMethod]
    public void The_time_limit_of_the_short_form_is_that_of_the_settings()
    {
        var catalog = new MLContext(1).MulticlassClassification;
        Assert.IsNotNull(catalog.CreateRf3dExperiment(60));
        Assert.Contains("MaxExperimentTimeInSeconds is 0", Assert.ThrowsExactly<InvalidOptionsException>(() => catalog.CreateRf3dExperiment(0)).Message);
    }

    [TestMethod]
    public void The_time_limit_holds_and_the_best_is_kept()
    {
        var clock = new ManualClock();
        var settings = SmallExperiment.Settings;
        (settings.Clock, settings.MaxExperimentTimeInSeconds, settings.TrainerOptions.Epoch) = (clock, 60, 1_000_000);
        // A million epochs would never end.
        settings.TrialCallback = trial =>
        {
            if (trial.Metrics is { IsEpochEnd: true, Epoch: 3 })
                clock.Tick();
        };
        using var result = SmallExperiment.Run(settings);
        Assert.IsNotNull(result.BestRun.Model);
        Assert.AreEqual(3, result.BestRun.Epochs);
        Assert.HasCount(1, result.RunDetails);
        Assert.IsFalse(result.IsComplete);
        Assert.HasCount(3, result.Candidates.Where(candidate => candidate.Verdict == Rf3dCandidateVerdict.NoTime));
        Assert.Contains("the time is enough for 1 candidate", result.Candidates.First(candidate => candidate.Verdict == Rf3dCandidateVerdict.NoTime).Reason);
    }

    [TestMethod]
    public void Budgets_drop_candidates_before_any_training()
    {
        var settings = SmallExperiment.Settings;
        (settings.TrainerOptions.Epoch, settings.MaxModels) = (1, 1);
        settings.SearchSpace.Networks =
        [
            .. settings.SearchSpace.Networks,
            SmallTask.Network with { Name = "twin of small" },
            SmallTask.Network with { Name = "large", Stages = [Stage.Repeat(Block.Convolution(256), 1)] },
            SmallTask.Network with { Name = "tiny", Stages = [Stage.Repeat(Block.Convolution(8), 1)] },
        ];
        settings.SearchSpace.Decompositions = [Decomposition.Off];
        (settings.MaxParameters, settings.MaxModelBytes) = (9000, 26_000);
        using var result = SmallExperiment.Run(settings);
        CollectionAssert.AreEqual(
            new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.OverBudget, Rf3dCandidateVerdict.Duplicate, Rf3dCandidateVerdict.NotPlanned, Rf3dCandidateVerdict.RankedBelow },
            result.Candidates.Select(candidate => candidate.Verdict).ToArray(), result.ToString());
        Assert.Contains("above the budget of 26,000", result.Candidates[1].Reason);
        Assert.AreEqual("the same network and recipe as 'small 16x16 off default'", result.Candidates[2].Reason);
        Assert.Contains("above the budget of 9,000", result.Candidates[3].Reason);
    }

    [TestMethod]
    public void A_latency_above_its_budget_is_reported()
    {
        var settings = new Rf3dExperimentSettings { MaxLatencyMilliseconds = 0.5, MaxModelBytes = 10 };
        Assert.AreEqual("0.75 ms is 0.25 above the limit of 0.5", CandidateSelection.Excess(settings, new("a", 9, 0.75)));
        Assert.IsNull(CandidateSelection.Excess(settings, new("a", 9, 0.4)));
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

    [TestMethod]
    public void A_preset_as_a_recipe_changes_the_options_of_the_preset_and_no_others()
    {
        var options = new Rf3dImageClassificationTrainer.Options { LabelColumnName = "Kind", Device = "cpu" };
        Rf3dRecipe.FromPreset(TrainingPreset.PaperCifar).Configure(options);
        Assert.AreEqual((350, 128, LearningRateSchedule.Steps, "Kind", "cpu"), (options.Epoch, options.BatchSize, options.LearningRateSchedule, options.LabelColumnName, options.Device));
    }
}
