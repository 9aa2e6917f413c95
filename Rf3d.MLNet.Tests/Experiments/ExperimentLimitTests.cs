using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Serving;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Experiments that are cancelled or have a limit: of time, parameters, bytes or latency.</summary>
[TestClass]
public class ExperimentLimitTests
{
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
}
