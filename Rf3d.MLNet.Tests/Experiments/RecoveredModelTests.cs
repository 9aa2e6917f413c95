using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>The best model of a resumed experiment, where an earlier process trained it.</summary>
[TestClass]
public sealed class RecoveredModelTests : IDisposable
{
    private static readonly Rf3dRecipe Short = new("short", options => options.Epoch = 1);
    private static readonly Rf3dRecipe Long = new("long", options => options.Epoch = 3);
    private static readonly Rf3dRecipe Falling = new("falling", options => options.Epoch = 3);
    private static readonly Rf3dRecipe Steady = new("steady", options => (options.Epoch, options.Momentum) = (3, 0.8));

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
        var scores = new WantedScores((trial, _) => trial == "small 16x16 off long" ? 3 : 2);
        settings.TrialCallback = trial => scores.Prepare(trial.EpochCount == 3 ? trial with { LastEpoch = 2 } : trial);
        settings.TrainerOptions.MetricsCallback = metrics =>
        {
            if (metrics is { EpochCount: 3, Epoch: 2 })
                _cancellation.Cancel();
        };
        using (var stopped = scores.Run(settings))
        {
            Assert.AreEqual(("small 16x16 off long", 2), (stopped.BestRun.TrainerName, stopped.BestRun.Epochs));
            Assert.IsFalse(stopped.IsComplete);
        }

        // From here on an epoch that is trained fails. There is none in an experiment that is ended before its first trial.
        settings.TrainerOptions.MetricsCallback = metrics => throw new InvalidOperationException($"Epoch {metrics.Epoch} of {metrics.EpochCount} is trained.");
        using var ended = new CancellationTokenSource();
        (settings.CancellationToken, settings.PlanCallback) = (ended.Token, _ => ended.Cancel());
        using (var result = scores.Run(settings))
        {
            AssertShort(result);
            Assert.AreEqual(Rf3dCandidateVerdict.Unfinished, result.Candidates[1].Verdict);
            Assert.IsFalse(result.IsComplete);
        }

        // And none of the finished candidate where the one that led fails.
        (settings.CancellationToken, settings.PlanCallback) = (CancellationToken.None, null);
        using var resumed = scores.Run(settings);
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

    [TestMethod]
    public void A_candidate_has_the_score_of_its_latest_model_and_another_may_be_the_best()
    {
        var settings = Settings(Falling, Steady);
        var scores = new WantedScores((trial, epochs) => (trial, epochs) switch { ("small 16x16 off falling", 1) => 3, ("small 16x16 off falling", _) => 1, _ => 2 });
        settings.TrialCallback = scores.Prepare;
        using var result = scores.Run(settings);
        var (best, falling) = (result.BestRun, result.Candidates[0]);
        Assert.AreEqual("small 16x16 off steady", best.TrainerName);
        Assert.AreEqual(0.5, best.Score);
        Assert.AreEqual(0.5, best.ValidationMetrics!.MicroAccuracy);
        Assert.HasCount(3, best.Model!.History.Epochs);
        Assert.AreEqual(Rf3dCandidateVerdict.Finished, falling.Verdict);
        Assert.AreEqual(0.25, falling.Score);
        Assert.Contains("0.2500, and the best has 0.5000", falling.Reason);
        Assert.AreEqual((4L, -0.25), (falling.ComparedWithBest!.Images, falling.ComparedWithBest.AccuracyDifference));
    }

    [TestMethod]
    public void The_model_of_the_best_is_its_latest_though_an_earlier_one_had_a_higher_score()
    {
        var settings = Settings(Falling);
        var scores = new WantedScores((_, epochs) => epochs == 1 ? 3 : 1);
        settings.TrialCallback = scores.Prepare;
        using var result = scores.Run(settings);
        Assert.AreEqual(0.25, result.BestRun.Score);
        Assert.AreEqual(0.25, result.BestRun.ValidationMetrics!.MicroAccuracy);
        Assert.HasCount(3, result.BestRun.Model!.History.Epochs);
    }

    [TestMethod]
    public void A_resumed_experiment_has_the_best_of_the_latest_scores_with_its_model()
    {
        var settings = Settings(Falling, Steady);
        Run(settings).Dispose();
        // As if the first epoch of the one had been better than all that came after it.
        SmallExperiment.RewriteLog(_folder["experiment"], entry => entry is not TrialEntry trial ? entry : trial with
        {
            Score = (trial.Candidate, trial.Epochs) switch { ("small 16x16 off falling", 1) => 0.95, ("small 16x16 off falling", _) => 0.4, _ => 0.45 },
        });
        using var result = Run(settings);
        var best = result.BestRun;
        Assert.AreEqual("small 16x16 off steady", best.TrainerName);
        // Its checkpoints were deleted. The score is that of the model that was trained again.
        Assert.AreEqual(0.5, best.Score);
        Assert.AreEqual(0.5, best.ValidationMetrics!.MicroAccuracy);
        Assert.HasCount(3, best.Model!.History.Epochs);
        Assert.Contains("0.4000, and the best has 0.5000", result.Candidates[0].Reason);
    }

    // All four images right at a log loss of at most that of a guess, or none: which is better does not depend on how sure the networks are.
    [TestMethod]
    [DataRow("falling", "steady")]
    [DataRow("steady", "falling")]
    public void The_best_by_log_loss_has_the_least(string right, string wrong)
    {
        var settings = Settings(Falling, Steady);
        settings.OptimizingMetric = Rf3dOptimizingMetric.LogLoss;
        var scores = new WantedScores((trial, _) => trial.EndsWith(right, StringComparison.Ordinal) ? 4 : 0);
        settings.TrialCallback = scores.Prepare;
        using var result = scores.Run(settings);
        Assert.EndsWith(right, result.BestRun.TrainerName);
        Assert.AreEqual(result.BestRun.ValidationMetrics!.LogLoss, result.BestRun.Score);
        var other = result.Candidates.Single(candidate => candidate.Name.EndsWith(wrong, StringComparison.Ordinal));
        Assert.IsGreaterThan(result.BestRun.Score!.Value, other.Score!.Value);
        Assert.Contains("LogLoss", result.ToString());
    }

    private Rf3dExperimentSettings Settings(params Rf3dRecipe[] recipes) => SmallExperiment.SettingsOf(_folder["experiment"], recipes);

    private static Rf3dExperimentResult Run(Rf3dExperimentSettings settings) => SmallExperiment.RunOnFourImages(settings);

    private static void AssertShort(Rf3dExperimentResult result)
    {
        Assert.AreEqual(("small 16x16 off short", Rf3dCandidateVerdict.Best, 1), (result.BestRun.TrainerName, result.BestRun.Candidate.Verdict, result.BestRun.Epochs));
        Assert.IsNotNull(result.BestRun.Model);
    }

    /// <summary>
    /// Four validation images that are equal, so that a network predicts the same class for all. While it trains they are all of class "a", so that its accuracy tells which class it
    /// predicts. Then, before the trial is evaluated, as many labels as wanted become that class.
    /// </summary>
    /// <param name="right">How many are to be right, by candidate and last epoch of the trial.</param>
    private sealed class WantedScores(Func<string, int, int> right)
    {
        private readonly List<SmallTask.Row> _validation = [.. Enumerable.Range(0, 4).Select(_ => Row("a", 0, 99, 0))];
        private readonly HashSet<string> _predictA = [];

        public void Prepare(Rf3dTrialProgress trial)
        {
            var name = trial.Candidate.Name;
            if (trial.Metrics is not { } metrics)
            {
                Label(4, "a", "b");
                return;
            }
            // The best epoch is one that is right, if there is one.
            if (metrics.ValidationAccuracy > 0.5)
                _predictA.Add(name);
            if (metrics.IsEpochEnd && metrics.Epoch == trial.LastEpoch)
                Label(right(name, trial.LastEpoch), _predictA.Contains(name) ? "a" : "b", _predictA.Contains(name) ? "b" : "a");
        }

        public Rf3dExperimentResult Run(Rf3dExperimentSettings settings)
        {
            // Data with other labels would be another experiment.
            Label(4, "a", "b");
            var mlContext = new MLContext(1);
            var training = mlContext.Data.LoadFromEnumerable(new List<SmallTask.Row> { Row("a", 250, 0, 0), Row("b", 0, 0, 250) });
            var keys = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(training);
            return mlContext.MulticlassClassification.CreateRf3dExperiment(settings)
                .Execute(keys.Transform(training), keys.Transform(mlContext.Data.LoadFromEnumerable(_validation)));
        }

        private static SmallTask.Row Row(string label, byte red, byte green, byte blue) => new() { Label = label, Image = SmallTask.Plain([red, green, blue], 16, 16) };

        private void Label(int count, string first, string others)
        {
            for (var image = 0; image < _validation.Count; image++)
                _validation[image].Label = image < count ? first : others;
        }
    }
}
