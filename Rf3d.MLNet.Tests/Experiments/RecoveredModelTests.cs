using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>The best model of a resumed experiment, where an earlier process trained it.</summary>
[TestClass]
public sealed class RecoveredModelTests : IDisposable
{
    private static readonly Rf3dRecipe Short = new("short", options => options.Epoch = 1);
    private static readonly Rf3dRecipe Long = new("long", options => options.Epoch = 3);

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _cancellation = new();

    public void Dispose()
    {
        _cancellation.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void A_finished_candidate_is_not_trained_again_after_another_was_stopped_in_the_lead()
    {
        var settings = Settings(Short, Long);
        settings.CancellationToken = _cancellation.Token;
        settings.TrainerOptions.MetricsCallback = metrics =>
        {
            if (metrics is { EpochCount: 3, Epoch: 2 })
                _cancellation.Cancel();
        };
        using (var stopped = Run(settings))
        {
            Assert.AreEqual(("small 16x16 off long", 2), (stopped.BestRun.TrainerName, stopped.BestRun.Epochs));
            Assert.IsFalse(stopped.IsComplete);
        }

        // From here on an epoch that is trained fails. There is none in an experiment that is ended before its first trial.
        settings.TrainerOptions.MetricsCallback = metrics => throw new InvalidOperationException($"Epoch {metrics.Epoch} of {metrics.EpochCount} is trained.");
        using var ended = new CancellationTokenSource();
        (settings.CancellationToken, settings.PlanCallback) = (ended.Token, _ => ended.Cancel());
        using (var result = Run(settings))
        {
            AssertShort(result);
            Assert.AreEqual(Rf3dCandidateVerdict.Unfinished, result.Candidates[1].Verdict);
            Assert.IsFalse(result.IsComplete);
        }

        // And none of the finished candidate where the one that led fails.
        (settings.CancellationToken, settings.PlanCallback) = (CancellationToken.None, null);
        using var resumed = Run(settings);
        AssertShort(resumed);
        Assert.AreEqual((Rf3dCandidateVerdict.Failed, "Epoch 3 of 3 is trained."), (resumed.Candidates[1].Verdict, resumed.Candidates[1].Reason));
        Assert.IsTrue(resumed.IsComplete);
        Assert.HasCount(1, Directory.GetDirectories(_folder["experiment"]));
    }

    [TestMethod]
    public void The_model_of_a_candidate_that_failed_in_the_lead_comes_back()
    {
        var settings = Settings(Long);
        settings.TrainerOptions.MetricsCallback = metrics => _ = metrics.Epoch == 1 ? 0 : throw new InvalidOperationException("Broken on purpose.");
        using (var failed = Run(settings))
        {
            Assert.AreEqual(Rf3dCandidateVerdict.Failed, failed.BestRun.Candidate.Verdict);
            Assert.IsNotNull(failed.BestRun.Model);
        }

        settings.TrainerOptions.MetricsCallback = _ => Assert.Fail("This is training.");
        using var again = Run(settings);
        Assert.AreEqual(Rf3dCandidateVerdict.Failed, again.BestRun.Candidate.Verdict);
        Assert.IsNotNull(again.BestRun.Model);
    }

    [TestMethod]
    public void A_model_without_checkpoints_is_trained_again_with_progress_and_until_the_experiment_is_ended()
    {
        var settings = Settings(Long);
        Run(settings).Dispose();
        Directory.Delete(_folder["experiment", "candidate-01"], recursive: true);

        List<int> epochs = [];
        settings.TrainerOptions.MetricsCallback = metrics => epochs.Add(metrics.Epoch);
        (settings.CancellationToken, settings.PlanCallback) = (_cancellation.Token, _ => _cancellation.Cancel());
        Assert.Contains("was trained again", Assert.ThrowsExactly<OperationCanceledException>(() => Run(settings)).Message);
        CollectionAssert.AreEqual(new[] { 1 }, epochs);

        // The same settings resume it.
        List<Rf3dTrialProgress> trials = [];
        (settings.CancellationToken, settings.PlanCallback, settings.TrialCallback) = (CancellationToken.None, null, trials.Add);
        using var result = Run(settings);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, epochs);
        Assert.HasCount(3, result.BestRun.Model!.History.Epochs);
        CollectionAssert.AreEqual(new int?[] { null, 2, 3 }, trials.Select(trial => trial.Metrics?.Epoch).ToArray());
        Assert.AreEqual(((int?)1, (int?)1, 1, 3), (trials[0].Rung, trials[0].RungCount, trials[0].Candidate.Epochs, trials[0].LastEpoch));
    }

    private Rf3dExperimentSettings Settings(params Rf3dRecipe[] recipes)
    {
        var settings = SmallExperiment.Settings;
        settings.ExperimentDirectory = _folder["experiment"];
        (settings.SearchSpace.Networks, settings.SearchSpace.Decompositions, settings.SearchSpace.Recipes) = ([SmallTask.Network with { Classes = 2 }], [Decomposition.Off], recipes);
        return settings;
    }

    /// <summary>An epoch is one batch, with one report. All candidates are equally good after each, so that the one that was trained last leads.</summary>
    private static Rf3dExperimentResult Run(Rf3dExperimentSettings settings)
    {
        var mlContext = new MLContext(1);
        var training = SmallTask.FromMemory(mlContext, ("a", [250, 0, 0], 16, 16), ("b", [0, 0, 250], 16, 16));
        // One picture in both classes: every network is right once and wrong once.
        var validation = SmallTask.FromMemory(mlContext, ("a", [0, 99, 0], 16, 16), ("b", [0, 99, 0], 16, 16));
        return mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(training, validation);
    }

    private static void AssertShort(Rf3dExperimentResult result)
    {
        Assert.AreEqual(("small 16x16 off short", Rf3dCandidateVerdict.Best, 1), (result.BestRun.TrainerName, result.BestRun.Candidate.Verdict, result.BestRun.Epochs));
        Assert.IsNotNull(result.BestRun.Model);
    }
}
