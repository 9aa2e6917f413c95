using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

/// <summary>The figures that the benchmark of pretrained weights computes and keeps.</summary>
[TestClass]
public class PretrainedFiguresTests
{
    [TestMethod]
    public void Equal_differences_leave_no_doubt() =>
        Assert.AreEqual(new PairedBootstrap(0.25, 0.25, 0.25), PairedBootstrap.Of([0.25, 0.25, 0.25], resamples: 100, seed: 1));

    [TestMethod]
    public void An_interval_is_as_wide_as_the_normal_one_where_there_are_many_images()
    {
        var differences = Enumerable.Range(0, 400).Select(i => i % 4 == 0 ? 1.0 : 0).ToArray();
        var result = PairedBootstrap.Of(differences, resamples: 4000, seed: 1);
        // √(p (1 − p) / n) = 0.0217.
        Assert.AreEqual(0.25, result.Mean, 1e-12);
        Assert.AreEqual(0.25 - (1.96 * 0.0217), result.Low, 0.004);
        Assert.AreEqual(0.25 + (1.96 * 0.0217), result.High, 0.004);
        Assert.ThrowsExactly<ArgumentException>(() => PairedBootstrap.Of([], 10, 1));
    }

    [TestMethod]
    public void Finished_trainings_are_not_done_again_and_an_unfinished_line_is()
    {
        using var folder = new TempFolder();
        var path = folder["log.jsonl"];
        var trainings = 0;
        PretrainedRun Train(int seed) => new PretrainedLog(path).Once("data", "way", 10, seed, () =>
        {
            trainings++;
            return new("data", "way", 10, seed, 1.5, [true, false], [0.1, 2], "note");
        });
        _ = Train(1);
        _ = Train(2);
        File.WriteAllText(path, File.ReadAllText(path)[..^5]);
        var known = Train(1);
        Assert.AreEqual(2, trainings);
        Assert.AreEqual((0.5, 1.05, 1.5), (known.Accuracy, known.LogLoss, known.Seconds));
        _ = Train(2);
        Assert.AreEqual(3, trainings);
        Assert.HasCount(2, new PretrainedLog(path).Runs);
    }
}
