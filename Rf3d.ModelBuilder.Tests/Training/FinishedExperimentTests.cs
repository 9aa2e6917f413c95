using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Training;

[TestClass]
public class FinishedExperimentTests
{
    [TestMethod]
    public void An_experiment_whose_only_candidate_was_stopped_by_the_time_limit_is_not_complete()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var mlContext = new MLContext(1);
        var settings = new Rf3dExperimentSettings
        {
            Seed = 1,
            // In place of the clock, which a slow machine would not keep to.
            CancellationToken = stop.Token,
            TrainerOptions = new() { Epoch = 3, BatchSize = 8, Device = "cpu" },
            SearchSpace = new() { Architectures = [Architecture.ResNet18Slim], WidthMultipliers = [0.125], Decompositions = [Decomposition.Off], ImageSizes = [16] },
        };
        settings.TrialCallback = trial =>
        {
            if (trial.Metrics is { IsEpochEnd: true, Epoch: 2 })
                stop.Cancel();
        };
        var images = mlContext.Data.LoadImageFolder(Images.Dataset(folder["data"], 4));
        using var finished = new FinishedExperiment(mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(images), null!, folder.Path, 0, IsCancelled: false);
        Assert.AreEqual((Rf3dCandidateVerdict.Best, 2), (finished.Result.BestRun.Candidate.Verdict, finished.Result.BestRun.Epochs));
        Assert.IsTrue(finished.IsTimeOver);
        Assert.IsFalse((finished with { IsCancelled = true }).IsTimeOver);
    }
}
