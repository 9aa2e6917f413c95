using Rf3d.MLNet.Tests.Examples;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Experiments that are interrupted and resumed.</summary>
[TestClass]
public class ExperimentResumeTests
{
    private static readonly Rf3dRecipe First = new("first", options => options.Epoch = 2);
    private static readonly Rf3dRecipe Second = new("second", options => (options.Epoch, options.Momentum) = (2, 0.8));

    private static (string, int) Trial(Rf3dRunDetail detail) => (detail.TrainerName, detail.Epochs);

    [TestMethod]
    public void An_interrupted_experiment_resumes_and_repeats_no_finished_trial()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.SettingsOfSix;
        settings.TrainerOptions.Epoch = 2;
        using var undisturbed = SmallExperiment.Run(settings);

        settings.ExperimentDirectory = folder["experiment"];
        using var cancellation = new CancellationTokenSource();
        settings.CancellationToken = cancellation.Token;
        List<(string, int)> trials = [];
        SmallExperiment.Run(settings, detail =>
        {
            trials.Add(Trial(detail));
            if (trials.Count == 3)
                cancellation.Cancel();
        }).Dispose();
        // As a process leaves it that is killed while it writes.
        File.AppendAllText(folder["experiment", TrialLog.FileName], """{"kind":"trial","candi""");
        var unfinished = folder["experiment", $"best.zip.{Guid.NewGuid():N}.tmp"];
        File.WriteAllText(unfinished, "");

        settings.CancellationToken = CancellationToken.None;
        (settings.Seed, settings.MaxExperimentTimeInSeconds) = (null, 600);
        using var resumed = SmallExperiment.Run(settings, detail => trials.Add(Trial(detail)));
        // Six up to the first epoch, three of them up to the second.
        Assert.HasCount(9, trials);
        Assert.IsFalse(File.Exists(unfinished));
        Assert.HasCount(9, trials.Distinct().ToList());
        CollectionAssert.AreEqual(
            undisturbed.Candidates.Select(candidate => (candidate.Name, candidate.Verdict, candidate.Reason, candidate.Score, candidate.ComparedWithBest)).ToList(),
            resumed.Candidates.Select(candidate => (candidate.Name, candidate.Verdict, candidate.Reason, candidate.Score, candidate.ComparedWithBest)).ToList());
        SmallTraining.AssertSameWeights(undisturbed.BestRun.Model!.Model.Weights, resumed.BestRun.Model!.Model.Weights);

        // A finished one returns its model, and trains nothing; of the others' folders nothing is left.
        using var again = SmallExperiment.Run(settings, _ => Assert.Fail("This is training."));
        SmallTraining.AssertSameWeights(undisturbed.BestRun.Model.Model.Weights, again.BestRun.Model!.Model.Weights);
        Assert.AreEqual(undisturbed.BestRun.Score, again.BestRun.ValidationMetrics!.MicroAccuracy);
        CollectionAssert.AreEqual(undisturbed.Candidates.Select(candidate => candidate.ComparedWithBest).ToList(), again.Candidates.Select(candidate => candidate.ComparedWithBest).ToList());
        Assert.IsTrue(again.Candidates.Any(candidate => candidate.ComparedWithBest is not null));
        Assert.HasCount(1, Directory.GetDirectories(folder["experiment"]));
        Assert.IsTrue(File.Exists(folder["experiment", "best.zip"]));
    }

    [TestMethod]
    public void Other_settings_and_data_are_refused_with_every_difference()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.Settings;
        (settings.ExperimentDirectory, settings.TrainerOptions.Epoch, settings.MaxModels) = (folder["experiment"], 1, 1);
        SmallExperiment.Run(settings).Dispose();

        (settings.Seed, settings.MaxModels, settings.OptimizingMetric) = (8, 2, Rf3dOptimizingMetric.LogLoss);
        settings.SearchSpace.Decompositions = [Decomposition.Off];
        var error = Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.Run(settings, images: 90));
        foreach (var difference in new[] { "Seed was 7, is 8", "MaxModels was 1, is 2", "OptimizingMetric was MicroAccuracy, is LogLoss", "the training data was 80 rows", "'small 16x16 auto default' was" })
            Assert.Contains(difference, error.Message);
    }

    [TestMethod]
    public void A_failure_in_a_later_rung_does_not_change_why_others_were_dropped_before()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.SettingsOf(folder["experiment"], [.. Enumerable.Range(1, 6).Select(number => new Rf3dRecipe($"{number}", options => options.Momentum = number / 10d))]);
        // The first of the three that survive the first rung.
        string? broken = null;
        settings.TrialCallback = trial =>
        {
            if (trial is { Rung: 2, Metrics: not null } && trial.Candidate.Name == (broken ??= trial.Candidate.Name))
                throw new InvalidOperationException("Broken on purpose.");
        };
        using var first = SmallExperiment.RunOnFourImages(settings);
        CollectionAssert.AreEquivalent(
            new[]
            {
                Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Failed, Rf3dCandidateVerdict.Finished,
                Rf3dCandidateVerdict.Halved, Rf3dCandidateVerdict.Halved, Rf3dCandidateVerdict.Halved,
            },
            first.Candidates.Select(candidate => candidate.Verdict).ToArray(), first.ToString());
        Assert.AreEqual(Rf3dCandidateVerdict.Failed, first.Candidates.Single(candidate => candidate.Name == broken).Verdict);
        Assert.IsTrue(first.IsComplete);

        settings.TrialCallback = _ => Assert.Fail("This is training.");
        using var again = SmallExperiment.RunOnFourImages(settings);
        CollectionAssert.AreEqual(
            first.Candidates.Select(candidate => (candidate.Name, candidate.Verdict, candidate.Reason, candidate.Score)).ToList(),
            again.Candidates.Select(candidate => (candidate.Name, candidate.Verdict, candidate.Reason, candidate.Score)).ToList());
        Assert.IsTrue(again.IsComplete);
    }

    [TestMethod]
    public void A_candidate_that_the_time_was_not_enough_for_leaves_nothing_to_resume()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.SettingsOf(folder["experiment"], First, Second);
        SmallExperiment.RunOnFourImages(settings).Dispose();
        // As if the time had been enough for the first one.
        SmallExperiment.RewriteLog(folder["experiment"], entry => entry switch
        {
            RungEntry rung => rung with { Candidates = ["small 16x16 off first"] },
            TrialEntry { Candidate: "small 16x16 off second" } => null,
            _ => entry,
        });
        settings.TrialCallback = _ => Assert.Fail("This is training.");
        using var again = SmallExperiment.RunOnFourImages(settings);
        CollectionAssert.AreEqual(new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.NoTime }, again.Candidates.Select(candidate => candidate.Verdict).ToArray());
        Assert.Contains("the time is enough for 1 candidate", again.Candidates[1].Reason);
        Assert.IsTrue(again.IsComplete);
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_to_ends_the_experiment_and_is_no_failure_of_a_candidate()
    {
        using var folder = new TempFolder();
        var settings = SmallExperiment.SettingsOf(folder["experiment"], First, Second);
        settings.TrialCallback = trial =>
        {
            if (trial is { Metrics: null } && trial.Candidate.Name == "small 16x16 off second")
                File.WriteAllText(folder["experiment", "candidate-02"], "in the place of a folder");
        };
        Assert.Contains("candidate-02", Assert.ThrowsExactly<IOException>(() => SmallExperiment.RunOnFourImages(settings)).Message);

        File.Delete(folder["experiment", "candidate-02"]);
        settings.TrialCallback = null;
        using var resumed = SmallExperiment.RunOnFourImages(settings);
        CollectionAssert.AreEqual(new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Finished }, resumed.Candidates.Select(candidate => candidate.Verdict).ToArray());
    }

    [TestMethod]
    public void Without_a_folder_that_is_kept_a_file_that_cannot_be_written_costs_its_candidate_alone()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["temporary"]);
        var settings = SmallExperiment.SettingsOf(null, First, Second);
        settings.TrialCallback = trial =>
        {
            if (trial is { Metrics: null } && trial.Candidate.Name == "small 16x16 off second")
                File.WriteAllText(Path.Combine(Directory.GetDirectories(folder["temporary"], "rf3d-experiment-*").Single(), "candidate-02"), "in the place of a folder");
        };
        using var result = SmallExperiment.RunOnFourImages(settings, new(1) { TempFilePath = folder["temporary"] });
        CollectionAssert.AreEqual(new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Failed }, result.Candidates.Select(candidate => candidate.Verdict).ToArray());
    }

    [TestMethod]
    public void Candidates_that_failed_by_the_limit_of_memory_are_trained_again_with_a_higher_one()
    {
        using var folder = new TempFolder();
        // A folder that was there before stays where all candidates fail.
        File.WriteAllText(folder.New("experiment", "notes.txt"), "");
        var settings = SmallExperiment.SettingsOf(folder["experiment"], First, Second);
        foreach (var limit in new[] { 1, 2 })
        {
            settings.MaximumMemoryUsageInMegaByte = limit;
            Assert.Contains($"MaximumMemoryUsageInMegaByte = {limit}", Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.RunOnFourImages(settings)).Message);
        }
        // The same limit is no reason to try again.
        settings.TrialCallback = _ => Assert.Fail("This is training.");
        Assert.Contains("MaximumMemoryUsageInMegaByte = 2", Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.RunOnFourImages(settings)).Message);

        (settings.MaximumMemoryUsageInMegaByte, settings.TrialCallback) = (null, null);
        using var resumed = SmallExperiment.RunOnFourImages(settings);
        CollectionAssert.AreEqual(new[] { Rf3dCandidateVerdict.Best, Rf3dCandidateVerdict.Finished }, resumed.Candidates.Select(candidate => candidate.Verdict).ToArray());
        Assert.IsTrue(resumed.IsComplete);
    }

    [TestMethod]
    public void A_killed_process_loses_no_finished_trial()
    {
        using var folder = new TempFolder();
        List<string> trials = [];
        string[] arguments = ["experiment-target", "--directory", folder["experiment"]];
        var (killed, _, reason) = ExampleProcess.RunBenchmark(
            (process, line) =>
            {
                if (trials.Count == 3)
                    return;
                trials.Add(line);
                if (trials.Count == 3)
                    process.Kill();
            },
            arguments);
        Assert.HasCount(3, trials, reason);
        Assert.AreNotEqual(0, killed, "It was complete before it was killed.");

        var (exitCode, output, error) = ExampleProcess.RunBenchmark(arguments);
        Assert.AreEqual(0, exitCode, output + error);
        trials.AddRange(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.HasCount(1, trials.Where(line => line.StartsWith("best ", StringComparison.Ordinal)).ToList());
        Assert.HasCount(trials.Count, trials.Distinct().ToList(), string.Join('\n', trials));
    }
}
