using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
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
    public void A_preset_as_a_recipe_changes_the_options_of_the_preset_and_no_others()
    {
        var options = new Rf3dImageClassificationTrainer.Options { LabelColumnName = "Kind", Device = "cpu" };
        Rf3dRecipe.FromPreset(TrainingPreset.PaperCifar).Configure(options);
        Assert.AreEqual((350, 128, LearningRateSchedule.Steps, "Kind", "cpu"), (options.Epoch, options.BatchSize, options.LearningRateSchedule, options.LabelColumnName, options.Device));
    }
}
