using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class RankCorrelationTests
{
    [TestMethod]
    public void Lists_in_the_same_order_are_the_one_of_all_orders_that_gives_1()
    {
        double[] first = [1, 2, 3, 4, 5, 6], second = [10, 20, 30, 40, 50, 61];
        foreach (var found in new[] { RankCorrelation.Spearman(first, second), RankCorrelation.Kendall(first, second) })
        {
            Assert.AreEqual(1, found.Value, 1e-12);
            // 6! orders.
            Assert.AreEqual(1d / 720, found.P, 1e-12);
        }
    }

    [TestMethod]
    public void Lists_in_opposite_orders_give_minus_1_which_every_order_reaches()
    {
        double[] first = [1, 2, 3, 4], second = [4, 3, 2, 1];
        foreach (var found in new[] { RankCorrelation.Spearman(first, second), RankCorrelation.Kendall(first, second) })
        {
            Assert.AreEqual(-1, found.Value, 1e-12);
            Assert.AreEqual(1, found.P);
        }
    }

    [TestMethod]
    public void One_exchange_of_neighbours()
    {
        double[] first = [1, 2, 3, 4], second = [1, 2, 4, 3];
        // 1 - 6 Σd² / (n (n² - 1)) with Σd² = 2; reached by the same order and by each of the 3 exchanges of neighbours, of 24.
        Assert.AreEqual(0.8, RankCorrelation.Spearman(first, second).Value, 1e-12);
        Assert.AreEqual(4d / 24, RankCorrelation.Spearman(first, second).P, 1e-12);
        // 5 pairs in order less 1, of 6.
        Assert.AreEqual(4d / 6, RankCorrelation.Kendall(first, second).Value, 1e-12);
        Assert.AreEqual(4d / 24, RankCorrelation.Kendall(first, second).P, 1e-12);
    }

    [TestMethod]
    public void The_papers_Table_2_where_three_gains_are_equal()
    {
        double[] gain = [0, 1.73, 1.60, 0.29, 0, 0], accuracy = [92.68, 93.56, 93.46, 92.75, 92.58, 92.41];
        // Ranks 2, 6, 5, 4, 2, 2 and 3, 6, 5, 4, 2, 1: products of their deviations sum to 15.5, squares to 15.5 and 17.5.
        var spearman = RankCorrelation.Spearman(gain, accuracy);
        Assert.AreEqual(15.5 / Math.Sqrt(15.5 * 17.5), spearman.Value, 1e-12);
        // 12 pairs of gains that differ, all in order, of 15 pairs of accuracies.
        var kendall = RankCorrelation.Kendall(gain, accuracy);
        Assert.AreEqual(12 / Math.Sqrt(12 * 15), kendall.Value, 1e-12);
        // The three networks without a gain may change places: 3! of 6! orders.
        Assert.AreEqual(6d / 720, spearman.P, 1e-12);
        Assert.AreEqual(6d / 720, kendall.P, 1e-12);
    }

    [TestMethod]
    public void Values_that_cannot_be_ranked_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => RankCorrelation.Spearman([1, 2], [1, 2, 3]));
        Assert.ThrowsExactly<ArgumentException>(() => RankCorrelation.Kendall([1], [1]));
        Assert.ThrowsExactly<ArgumentException>(() => RankCorrelation.Kendall([1, 1, 1], [1, 2, 3]));
        Assert.ThrowsExactly<ArgumentException>(() => RankCorrelation.Spearman([.. Enumerable.Range(0, 10).Select(i => (double)i)], [.. Enumerable.Range(0, 10).Select(i => (double)i)]));
    }
}
