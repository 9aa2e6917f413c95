using System.Diagnostics;
using Rf3d.MLNet.Tests.Examples;
using Rf3d.MLNet.Tests.Project;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Experiments that are interrupted and resumed.</summary>
[TestClass]
public class ExperimentResumeTests
{
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

        (settings.Seed, settings.MaxModels) = (8, 2);
        settings.SearchSpace.Decompositions = [Decomposition.Off];
        var error = Assert.ThrowsExactly<OptionConflictException>(() => SmallExperiment.Run(settings, images: 90));
        foreach (var difference in new[] { "Seed was 7, is 8", "MaxModels was 1, is 2", "the training data was 80 rows", "'small 16x16 auto default' was" })
            Assert.Contains(difference, error.Message);
    }

    [TestMethod]
    public void A_killed_process_loses_no_finished_trial()
    {
        using var folder = new TempFolder();
        var assembly = RepositoryRoot.Combine("benchmarks", "bin", RepositoryRoot.Configuration, "net10.0", "Rf3d.Benchmarks.dll");
        List<string> trials = [];
        using (var process = Process.Start(new ProcessStartInfo("dotnet") { ArgumentList = { assembly, "experiment-target", "--directory", folder["experiment"] }, RedirectStandardOutput = true, UseShellExecute = false })!)
        {
            while (trials.Count < 3 && process.StandardOutput.ReadLine() is { } line)
                trials.Add(line);
            process.Kill();
            process.WaitForExit();
        }
        Assert.HasCount(3, trials);

        var (exitCode, output, error) = ExampleProcess.RunBenchmark("experiment-target", "--directory", folder["experiment"]);
        Assert.AreEqual(0, exitCode, output + error);
        trials.AddRange(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.HasCount(1, trials.Where(line => line.StartsWith("best ", StringComparison.Ordinal)).ToList());
        Assert.HasCount(trials.Count, trials.Distinct().ToList(), string.Join('\n', trials));
    }
}
