namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>The figures of ten images, by hand.</summary>
[TestClass]
public class TestResultsTests
{
    // a: 4 right, 1 taken for b. b: 2 right, 2 taken for a. c: none right, 1 taken for a.
    private static readonly TestResults Results = new(["a", "b", "c", "d"],
    [
        Scored(0, 0, 0, 0.9), Scored(1, 0, 0, 0.9), Scored(2, 0, 0, 0.9), Scored(3, 0, 0, 0.9), Scored(4, 0, 1, 0.6, 0.3),
        Scored(5, 1, 1, 0.6), Scored(6, 1, 1, 0.6), Scored(7, 1, 0, 0.9, 0.1), Scored(8, 1, 0, 0.6, 0.2),
        Scored(9, 2, 0, 0.9, 0),
    ]);

    [TestMethod]
    public void Accuracy_has_Wilsons_interval()
    {
        Assert.AreEqual(new Proportion(6, 10), Results.Accuracy);
        var (low, high) = Results.Accuracy.Interval;
        // (0.6 + z²/20 ± z·√(0.024 + z²/400)) / (1 + z²/10), z = 1.96
        Assert.AreEqual(0.3127, low, 1e-4);
        Assert.AreEqual(0.8318, high, 1e-4);
        Assert.AreEqual((0.0, 1.0), new Proportion(0, 0).Interval);
        Assert.AreEqual(1.0, new Proportion(5, 5).Interval.High, 1e-12);
        Assert.AreEqual(0.5655, new Proportion(5, 5).Interval.Low, 1e-4);
    }

    [TestMethod]
    public void Classes_have_precision_recall_and_F1()
    {
        var (a, b, c, d) = (Results.ByClass[0], Results.ByClass[1], Results.ByClass[2], Results.ByClass[3]);
        Assert.AreEqual(new ClassResult("a", 5, 7, 4), a);
        Assert.AreEqual(4 / 7.0, a.Precision!.Value, 1e-12);
        Assert.AreEqual(4 / 5.0, a.Recall!.Value, 1e-12);
        Assert.AreEqual(2 / ((7 / 4.0) + (5 / 4.0)), a.F1!.Value, 1e-12);
        Assert.AreEqual(new ClassResult("b", 4, 3, 2), b);
        Assert.AreEqual((null, 0.0, 0.0), (c.Precision, c.Recall, c.F1));
        Assert.AreEqual((null, null, null), (d.Precision, d.Recall, d.F1));
        Assert.AreEqual((a.F1.Value + b.F1!.Value + 0) / 3, Results.MacroF1, 1e-12);
        Assert.AreEqual(0.5, Results.LargestClassShare, 1e-12);
    }

    [TestMethod]
    public void Log_loss_is_the_mean_of_minus_ln_p()
    {
        var expected = -((4 * Math.Log(0.9)) + Math.Log(0.3) + (2 * Math.Log(0.6)) + Math.Log(0.1) + Math.Log(0.2) + Math.Log(1e-15)) / 10;
        Assert.AreEqual(expected, Results.LogLoss, 1e-12);
    }

    [TestMethod]
    public void Calibration_weighs_each_bin_by_its_predictions()
    {
        // 0.9 is in the bin up to 14/15: 4 of 6 right. 0.6 is on the border of its bin, which has it: 2 of 4 right.
        var bins = Results.Calibration.Bins;
        Assert.HasCount(15, bins);
        Assert.AreEqual((6L, 4L), (bins[13].Count, bins[8].Count));
        Assert.AreEqual(4 / 6.0, bins[13].Accuracy, 1e-12);
        Assert.AreEqual(0.9, bins[13].Confidence, 1e-12);
        Assert.AreEqual((0.6 * (0.9 - (4 / 6.0))) + (0.4 * (0.6 - 0.5)), Results.Calibration.ExpectedError, 1e-12);
        Assert.AreEqual((0.6 * 0.9) + (0.4 * 0.6), Results.Calibration.Confidence, 1e-12);
        Assert.AreEqual(10, bins.Sum(bin => bin.Count));
    }

    [TestMethod]
    public void Mistakes_are_ordered_by_confidence_and_pairs_by_number()
    {
        CollectionAssert.AreEqual(new long[] { 7, 9, 4, 8 }, Results.Mistakes.Select(image => image.Row).ToArray());
        Assert.AreEqual((1, 0, 2L, 0.5, 7L), (Results.Pairs[0].Actual, Results.Pairs[0].Predicted, Results.Pairs[0].Count, Results.Pairs[0].Share, Results.Pairs[0].Worst.Row));
        Assert.AreEqual((2, 0, 1L, 1.0), (Results.Pairs[1].Actual, Results.Pairs[1].Predicted, Results.Pairs[1].Count, Results.Pairs[1].Share));
        Assert.AreEqual((4L, 1L, 2L), (Results.Confusion(0, 0), Results.Confusion(0, 1), Results.Confusion(1, 0)));
    }

    [TestMethod]
    public void No_image_makes_no_results() => Assert.ThrowsExactly<ArgumentException>(() => new TestResults(["a"], []));

    private static ScoredImage Scored(long row, int actual, int predicted, double confidence, double? actualProbability = null) =>
        new(row, actual, predicted, confidence, actualProbability ?? confidence);
}
