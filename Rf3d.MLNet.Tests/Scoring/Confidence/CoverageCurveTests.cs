namespace Rf3d.MLNet.Tests.Scoring.Confidence;

[TestClass]
public class CoverageCurveTests
{
    // Sorted by confidence: right, right, wrong, right, wrong.
    private static readonly CoverageCurve Curve = CoverageCurve.Of([(0.6f, true), (0.9f, true), (0.5f, false), (0.7f, false), (0.8f, true)]);

    [TestMethod]
    [DataRow(0f, 5L, 3L)]
    [DataRow(0.6f, 4L, 3L)]
    [DataRow(0.601f, 3L, 2L)]
    [DataRow(0.9f, 1L, 1L)]
    [DataRow(1f, 0L, 0L)]
    public void A_threshold_answers_the_images_that_are_at_least_as_confident(float minConfidence, long answered, long correct)
    {
        var point = Curve.At(minConfidence);
        Assert.AreEqual((minConfidence, 5L, answered, correct), (point.MinConfidence, point.Images, point.Answered, point.Correct));
        Assert.AreEqual(answered / 5.0, point.Coverage);
        Assert.AreEqual(answered == 0 ? 0 : (double)correct / answered, point.Accuracy);
        Assert.AreEqual(ConfidenceInterval.OfShare(correct, answered), point.AccuracyInterval);
    }

    [TestMethod]
    public void The_threshold_for_an_accuracy_is_the_lowest_that_has_it()
    {
        Assert.AreEqual(0f, Curve.For(0.6)!.MinConfidence);
        Assert.AreEqual((0.501f, 4L), (Curve.For(0.75)!.MinConfidence, Curve.For(0.75)!.Answered));
        Assert.AreEqual((0.701f, 2L), (Curve.For(0.9)!.MinConfidence, Curve.For(0.9)!.Answered));
        Assert.IsNull(CoverageCurve.Of([(0.99f, false), (0.9f, true)]).For(0.8));
    }

    [TestMethod]
    public void No_images_have_no_answers()
    {
        var empty = CoverageCurve.Of([]);
        Assert.AreEqual((0L, 0.0, 0.0), (empty.Images, empty.At(0).Coverage, empty.At(0).Accuracy));
        Assert.IsNull(empty.For(0));
    }

    [TestMethod]
    [DataRow(-0.1f)]
    [DataRow(1.1f)]
    [DataRow(float.NaN)]
    public void Thresholds_outside_0_to_1_are_named(float minConfidence) =>
        Assert.Contains("minConfidence must be from 0 to 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Curve.At(minConfidence)).Message);
}
