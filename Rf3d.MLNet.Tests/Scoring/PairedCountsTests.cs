namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public class PairedCountsTests
{
    [TestMethod]
    [DataRow(0, 0, 1.0)]
    [DataRow(5, 5, 1.0)]
    // (1 + 8) / 2^8, twice.
    [DataRow(1, 7, 0.0703125)]
    [DataRow(7, 1, 0.0703125)]
    // 1 / 2^10, twice.
    [DataRow(0, 10, 0.001953125)]
    // (1 + 10 + 45) / 2^10, twice.
    [DataRow(8, 2, 0.109375)]
    public void The_p_value_is_the_binomial_distribution_s_tail(long onlyFirst, long onlySecond, double expected) =>
        Assert.AreEqual(expected, new PairedCounts(100, onlyFirst, onlySecond, 3).PValue, 1e-12);

    [TestMethod]
    public void The_p_value_of_many_images_does_not_vanish()
    {
        // 2,000 images that differ: by the normal distribution with continuity, z = (1,050 - 950 - 1) / sqrt(2,000) = 2.2137, p = 0.0268.
        Assert.AreEqual(0.0268, new PairedCounts(0, 950, 1050, 0).PValue, 2e-4);
    }

    // Newcombe's method 10 in Fagerland, Lydersen and Laake (2014), airway hyper-responsiveness before and after a transplantation: 0.026 to 0.507.
    [TestMethod]
    public void The_interval_of_the_difference_is_the_published_one()
    {
        var counts = new PairedCounts(1, 1, 7, 12);
        Assert.AreEqual(6.0 / 21, counts.Difference, 1e-12);
        Assert.AreEqual(0.026, counts.DifferenceInterval.Low, 5e-4);
        Assert.AreEqual(0.507, counts.DifferenceInterval.High, 5e-4);
        var swapped = new PairedCounts(1, 7, 1, 12).DifferenceInterval;
        Assert.AreEqual(-counts.DifferenceInterval.High, swapped.Low, 1e-12);
        Assert.AreEqual(-counts.DifferenceInterval.Low, swapped.High, 1e-12);
    }

    [TestMethod]
    public void Models_that_are_never_or_always_right_have_an_interval_too()
    {
        Assert.AreEqual(new ConfidenceInterval(-1, 1), new PairedCounts(0, 0, 0, 0).DifferenceInterval);
        var same = new PairedCounts(20, 0, 0, 0).DifferenceInterval;
        Assert.AreEqual(-same.Low, same.High, 1e-12);
        Assert.IsTrue(same.High is > 0 and < 0.2);
        var opposite = new PairedCounts(0, 0, 20, 0).DifferenceInterval;
        Assert.IsTrue(opposite.Low > 0.7 && opposite.High <= 1);
    }

    [TestMethod]
    public void Wilson_s_interval_of_a_share()
    {
        // 5 of 5: 5 / (5 + 1.96^2).
        Assert.AreEqual(0.5655, ConfidenceInterval.OfShare(5, 5).Low, 1e-4);
        Assert.AreEqual(1.0, ConfidenceInterval.OfShare(5, 5).High, 1e-12);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConfidenceInterval.OfShare(3, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConfidenceInterval.OfShare(-1, 2));
    }
}
