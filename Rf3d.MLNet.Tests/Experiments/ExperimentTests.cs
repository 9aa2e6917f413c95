using System.Diagnostics;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Experiments as a user runs them.</summary>
[TestClass]
public class ExperimentTests
{
    [TestMethod]
    public void An_experiment_halves_its_candidates_and_gives_the_best_with_its_model()
    {
        List<Rf3dRunDetail> reports = [];
        using var result = SmallExperiment.Run(SmallExperiment.Settings, reports.Add);
        Assert.HasCount(4, result.Candidates);
        Assert.HasCount(4, result.RunDetails);
        // One epoch of the first tells the speed; then four rise to the second epoch, and two to the fourth.
        CollectionAssert.AreEqual(new[] { 1, 2, 2, 2, 2, 4, 4 }, reports.Select(detail => detail.Epochs).ToArray());
        CollectionAssert.AreEquivalent(
            new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Finished, Rf3dCandidateVerdict.Halved, Rf3dCandidateVerdict.Halved },
            result.Candidates.Select(candidate => candidate.Verdict).ToArray());

        var best = result.BestRun;
        Assert.AreEqual(best.Score, best.ValidationMetrics!.MicroAccuracy);
        Assert.AreEqual(result.RunDetails.Max(detail => detail.Score), best.Score);
        Assert.HasCount(4, best.Model!.History.Epochs);
        Assert.AreEqual(best.Plan.OptimizedCost.Parameters, best.Model.Plan.OptimizedCost.Parameters);
        Assert.IsNotNull(best.Candidate.ModelBytes);
        var mlContext = new MLContext(2);
        Assert.AreEqual(10, best.Model.Transform(SmallTask.Images(mlContext, 10)).Preview().RowView.Length);
        foreach (var candidate in result.Candidates)
            Assert.Contains(candidate.Reason, result.ToString());
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
    public void A_failed_trial_is_reported_and_the_experiment_goes_on()
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
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => SmallExperiment.Run(settings));
        Assert.Contains("All trainings of the experiment failed: 'small 16x16 off default': The process used", error.Message);
        Assert.Contains("above MaximumMemoryUsageInMegaByte = 1", error.Message);
        Assert.IsInstanceOfType<InvalidOperationException>(error.InnerException);
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
    public void The_time_limit_holds_and_the_best_is_kept()
    {
        var settings = SmallExperiment.Settings;
        (settings.MaxExperimentTimeInSeconds, settings.TrainerOptions.Epoch) = (4, 1_000_000);
        var start = Stopwatch.GetTimestamp();
        using var result = SmallExperiment.Run(settings);
        Assert.IsLessThan(7, Stopwatch.GetElapsedTime(start).TotalSeconds);
        Assert.IsNotNull(result.BestRun.Model);
        Assert.HasCount(1, result.RunDetails);
        Assert.HasCount(3, result.Candidates.Where(candidate => candidate.Verdict == Rf3dCandidateVerdict.NoTime));
        Assert.Contains("the time is enough for 1 candidates", result.Candidates.First(candidate => candidate.Verdict == Rf3dCandidateVerdict.NoTime).Reason);
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
        Assert.Contains("above MaxModelBytes = 26,000", result.Candidates[1].Reason);
        Assert.AreEqual("the same network and recipe as 'small 16x16 off default'", result.Candidates[2].Reason);
        Assert.Contains("MaxParameters = 9,000", result.Candidates[3].Reason);
    }

    [TestMethod]
    public void A_latency_above_its_budget_is_told()
    {
        var settings = new Rf3dExperimentSettings { MaxLatencyMilliseconds = 0.5, MaxModelBytes = 10 };
        Assert.AreEqual("0.75 ms is 0.25 above MaxLatencyMilliseconds = 0.5", CandidateSelection.Excess(settings, new("a", 9, 0.75)));
        Assert.IsNull(CandidateSelection.Excess(settings, new("a", 9, 0.4)));
    }

    [TestMethod]
    public void Settings_out_of_range_are_reported_together()
    {
        var settings = SmallExperiment.Settings;
        (settings.MaxModels, settings.MaxLatencyMilliseconds, settings.ExperimentDirectory) = (0, -1, "");
        var catalog = new MLContext().MulticlassClassification;
        var error = Assert.ThrowsExactly<ArgumentException>(() => catalog.CreateRf3dExperiment(settings));
        foreach (var name in new[] { "MaxModels", "MaxLatencyMilliseconds", "ExperimentDirectory" })
            Assert.Contains(name, error.Message);

        settings = SmallExperiment.Settings;
        (settings.SearchSpace.Networks, settings.SearchSpace.WidthMultipliers, settings.SearchSpace.Recipes) = ([], [17], [Rf3dRecipe.Default, Rf3dRecipe.Default]);
        error = Assert.ThrowsExactly<ArgumentException>(() => catalog.CreateRf3dExperiment(settings));
        foreach (var part in new[] { "there must be a base network", "WidthMultipliers has 17", "Recipes has 'default' twice" })
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    public void A_preset_as_a_recipe_changes_what_the_preset_sets_and_nothing_else()
    {
        var options = new Rf3dImageClassificationTrainer.Options { LabelColumnName = "Kind", Device = "cpu" };
        Rf3dRecipe.FromPreset(TrainingPreset.PaperCifar).Configure(options);
        Assert.AreEqual((350, 128, LearningRateSchedule.Steps, "Kind", "cpu"), (options.Epoch, options.BatchSize, options.LearningRateSchedule, options.LabelColumnName, options.Device));
    }
}
