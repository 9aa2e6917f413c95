using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PairedDifferencesTests
{
    [TestMethod]
    public void Students_t_for_few_degrees_of_freedom_in_closed_form()
    {
        foreach (var share in new[] { 0.5, 0.95, 0.99 })
        {
            // One degree: the Cauchy distribution. Two: t / √(2 + t²) is the share itself.
            Assert.AreEqual(Math.Tan(Math.PI * share / 2), StudentT.HalfWidth(share, 1), 1e-9);
            Assert.AreEqual(share * Math.Sqrt(2 / (1 - (share * share))), StudentT.HalfWidth(share, 2), 1e-9);
        }
    }

    // Tables of every textbook.
    [TestMethod]
    [DataRow(3, 3.1824)]
    [DataRow(4, 2.7764)]
    [DataRow(9, 2.2622)]
    [DataRow(30, 2.0423)]
    [DataRow(1000, 1.9623)]
    public void Students_t_for_95_per_cent(int freedom, double expected) => Assert.AreEqual(expected, StudentT.HalfWidth(0.95, freedom), 5e-5);

    [TestMethod]
    public void Students_t_has_neither_no_freedom_nor_all_of_the_distribution()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => StudentT.HalfWidth(0.95, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => StudentT.HalfWidth(1, 3));
    }

    [TestMethod]
    public void Three_differences_have_an_interval()
    {
        var differences = new PairedDifferences([1, 2, 3]);
        Assert.AreEqual(2, differences.Mean);
        // Standard deviation 1; t of two degrees of freedom, over √3.
        Assert.AreEqual(0.95 * Math.Sqrt(2 / (1 - (0.95 * 0.95))) / Math.Sqrt(3), differences.HalfWidth!.Value, 1e-9);
        Assert.AreEqual(Verdict.Undecided, differences.Verdict);
        Assert.AreEqual(Verdict.Greater, new PairedDifferences([10, 11, 12]).Verdict);
        Assert.AreEqual(Verdict.Smaller, new PairedDifferences([-10, -11, -12]).Verdict);
        // Without any spread the least difference is one, and none is none.
        Assert.AreEqual(Verdict.Greater, new PairedDifferences([0.1, 0.1, 0.1]).Verdict);
        Assert.AreEqual(Verdict.Undecided, new PairedDifferences([0, 0, 0]).Verdict);
    }

    [TestMethod]
    public void Two_differences_decide_nothing()
    {
        var differences = new PairedDifferences([100, 100]);
        Assert.IsNull(differences.HalfWidth);
        Assert.AreEqual(Verdict.Undecided, differences.Verdict);
    }
}
