using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Experiments;

[TestClass]
public class BestModelTests
{
    [TestMethod]
    public void At_a_tie_the_lower_log_loss_leads_and_not_the_longer_training()
    {
        using var best = new BestModel("best.zip", Rf3dOptimizingMetric.MicroAccuracy, ".");
        Trial probe = Trained(4, epochs: 1, logLoss: 0.2), drawn = Trained(1, epochs: 200, logLoss: 0.6), old = Trained(2, epochs: 50, logLoss: null), worse = Trained(3, epochs: 1, logLoss: 0.1, score: 0.9);
        CollectionAssert.AreEqual(new[] { 4, 1, 2, 3 }, best.InOrder([old, drawn, worse, probe]).Select(trial => trial.Number).ToArray());
        Assert.AreSame(probe, best.Leader([drawn, probe, Trained(7, epochs: 2, logLoss: 0.1, isComplete: false)]));
        // Logs of earlier versions have no log loss: the one that is trained to the end, then the one of more epochs.
        Assert.AreSame(old, best.Leader([Trained(5, epochs: 60, logLoss: null, isComplete: false), old, Trained(6, epochs: 40, logLoss: null)]));

        static Trial Trained(int number, int epochs, double? logLoss, double score = 1, bool isComplete = true)
        {
            var name = $"candidate {number}";
            var trial = new Trial(number, new(name, "group", new(), null, null) { Epochs = epochs }, new()
            {
                Name = name,
                Estimator = SmallTask.Trainer(new MLContext(1)),
                Rank = number,
                Verdict = Rf3dCandidateVerdict.Kept,
                Reason = "",
            });
            trial.Apply(new(name, epochs, isComplete, score, 1, 1, 0, null) { LogLoss = logLoss });
            return trial;
        }
    }
}
