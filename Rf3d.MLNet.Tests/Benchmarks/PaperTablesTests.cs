using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PaperTablesTests
{
    [TestMethod]
    public void Table_2_has_the_papers_gains()
    {
        var table = PaperTables.Of(2);
        foreach (var row in table.Rows)
            Assert.AreEqual(row.PaperGain!.Value, table.Gain(row), 0.01, row.Name);
        CollectionAssert.AreEqual(new[] { 1, 1, 3, 2, 2 }, table["Variant-3"].Network.GetStageDepths());
        Assert.AreEqual(0.88, table.PaperDifference(table.Comparisons[0]), 1e-9);
    }

    [TestMethod]
    [DataRow("VGG16", 14.73, 0)]
    [DataRow("VGG16-opt", 5.10, 2.29)]
    [DataRow("VGG19", 20.04, 0)]
    [DataRow("VGG19-opt", 8.09, 3.13)]
    [DataRow("MobileNet", 3.22, 0)]
    [DataRow("MobileNet-opt", 1.19, 4.09)]
    [DataRow("MobileNet-opt as printed", 1.13, 3.94)]
    [DataRow("ResNet50", 23.52, 0)]
    [DataRow("ResNet50-opt", 17.24, 0.76)]
    public void Table_3_has_the_papers_networks(string row, double millionParameters, double gain)
    {
        var table = PaperTables.Of(3);
        Assert.AreEqual(millionParameters, Math.Round(table[row].Network.GetCost().Parameters / 1e6, 2));
        Assert.AreEqual(gain, table.Gain(table[row]), 0.01);
    }

    [TestMethod]
    public void Table_6_has_eleven_kernels_of_which_those_of_one_g_weigh_the_same()
    {
        var table = PaperTables.Of(6);
        Assert.HasCount(11, table.Rows);
        Assert.AreEqual(9_637_962, Parameters("Baseline"));
        Assert.AreEqual(1_111_946, Parameters("DW+PW"));
        foreach (var row in new[] { "DW+GPW-g4", "DW+RPW-g4-o33%", "DW+RPW-g4-o50%" })
            Assert.AreEqual(310_154, Parameters(row));

        long Parameters(string row) => table[row].Network.GetCost().Parameters;
    }

    [TestMethod]
    public void Compared_rows_are_in_the_table()
    {
        foreach (var number in PaperTables.Numbers)
        {
            var table = PaperTables.Of(number);
            Assert.AreEqual(table.Rows.Count, table.Rows.Select(row => row.Name).Distinct().Count());
            foreach (var comparison in table.Comparisons)
                Assert.AreNotEqual(0, table.PaperDifference(comparison));
        }
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => PaperTables.Of(4));
        Assert.Contains("VGG-11", Assert.ThrowsExactly<ArgumentException>(() => PaperTables.Of(2)["VGG-12"]).Message);
    }
}
