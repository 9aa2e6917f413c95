namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class ProbePolicyTests
{
    [TestMethod]
    public void Folds_have_their_share_of_each_class()
    {
        var labels = Enumerable.Range(0, 103).Select(i => (long)(i < 60 ? 0 : i < 90 ? 1 : 2)).ToArray();
        var folds = StratifiedFolds.Of(labels, 5, seed: 1);
        Assert.AreEqual(5, folds.Count);
        CollectionAssert.AreEquivalent(new[] { 20, 20, 21, 21, 21 }, Enumerable.Range(0, 5).Select(fold => folds.HeldOut(fold).Length).ToArray());
        for (var k = 0; k < 3; k++)
        {
            var counts = Enumerable.Range(0, 5).Select(fold => folds.HeldOut(fold).Count(image => labels[image] == k)).ToList();
            Assert.IsLessThanOrEqualTo(1, counts.Max() - counts.Min());
        }
        CollectionAssert.AreEqual(folds.FoldOf, StratifiedFolds.Of(labels, 5, seed: 1).FoldOf);
        CollectionAssert.AreNotEqual(folds.FoldOf, StratifiedFolds.Of(labels, 5, seed: 2).FoldOf);
    }

    [TestMethod]
    public void An_image_that_is_alone_in_its_class_is_never_held_out_and_two_never_at_a_time()
    {
        var folds = StratifiedFolds.Of([0, 0, 0, 0, 0, 0, 1, 1, 2], 5, seed: 1);
        Assert.AreEqual(5, folds.Count);
        Assert.AreEqual(StratifiedFolds.AlwaysTraining, folds.FoldOf[8]);
        Assert.AreNotEqual(folds.FoldOf[6], folds.FoldOf[7]);
    }

    [TestMethod]
    public void There_are_as_many_folds_as_images_can_be_held_out()
    {
        Assert.AreEqual(3, StratifiedFolds.Of([0, 0, 0, 1], 5, seed: 1).Count);
        Assert.AreEqual(0, StratifiedFolds.Of([0, 1, 2], 5, seed: 1).Count);
    }

    [TestMethod]
    [DataRow(0.1, 0.1)]
    [DataRow(3e-4, 0.000316)]
    [DataRow(2000.0, 3162.27766)]
    [DataRow(1e-12, StrengthPath.Weakest)]
    [DataRow(1e9, StrengthPath.Strongest)]
    public void The_strength_at_the_bottom_of_the_valley_is_found(double bottom, double expected)
    {
        List<StrengthScore> tried = [];
        while (StrengthPath.Next(tried) is { } strength)
        {
            Assert.IsFalse(tried.Exists(score => Math.Abs((score.Strength / strength) - 1) < 0.1), "Each is tried once.");
            var loss = Math.Abs(Math.Log10(strength) - Math.Log10(bottom));
            tried.Add(new(strength, loss, loss, 0));
        }
        Assert.AreEqual(1, StrengthPath.Best(tried).Strength / expected, 0.01);
        Assert.IsLessThanOrEqualTo(22, tried.Count);
        Assert.IsTrue(tried.Exists(score => Math.Abs(score.Strength - StrengthPath.Default) < 1e-9), "The default is what the best one is compared with.");
    }

    [TestMethod]
    public void Of_equally_good_strengths_the_strongest_is_taken() =>
        Assert.AreEqual(1, StrengthPath.Best([new(0.1, 0.5, 0, 0), new(1, 0.5, 0, 0), new(10, 0.6, 0, 0)]).Strength);

    [TestMethod]
    [DataRow(0L, 10L, 0.0, 0.2775)]
    [DataRow(9L, 10L, 0.5958, 0.9821)]
    [DataRow(0L, 0L, 0.0, 1.0)]
    public void Accuracy_has_Wilsons_interval(long hits, long images, double low, double high)
    {
        var interval = ConfidenceInterval.OfShare(hits, images);
        Assert.AreEqual(low, interval.Low, 1e-4);
        Assert.AreEqual(high, interval.High, 1e-4);
    }

    [TestMethod]
    [DataRow(new[] { 1.6, 0.6, 1.6, 0.6 }, StrengthPath.Default)]
    [DataRow(new[] { 1.11, 1.1, 1.09, 1.1 }, 0.01)]
    public void The_default_strength_is_left_where_the_images_speak_against_it_by_more_than_chance(double[] parts, double expected)
    {
        double[] best = [1, 1, 1, 1];
        var chosen = StrengthPath.Choose([new(1, 9, 0, 0) { Parts = [2, 2, 2, 3] }, new(StrengthPath.Default, parts.Sum(), 0, 0) { Parts = [.. parts] }, new(0.01, best.Sum(), 0, 0) { Parts = [.. best] }]);
        Assert.AreEqual(expected, chosen.Strength);
    }
}
