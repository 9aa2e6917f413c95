using Rf3d.Benchmarks;
using static Rf3d.MLNet.Tests.Benchmarks.PaperResults;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PaperReportTests
{
    // In points below 90, by the paper's order of accuracies: two of the three without a gain change places with each other only.
    private static readonly Dictionary<string, double> Loss = new()
    {
        ["VGG-11"] = 3, ["Variant-1"] = 0, ["Variant-2"] = 1, ["Variant-3"] = 2, ["Variant-4"] = 5, ["Variant-5"] = 4,
    };

    [TestMethod]
    public void Writes_accuracies_differences_and_the_correlation_of_gain_and_accuracy()
    {
        var lines = Lines([.. from seed in new[] { 1, 2, 3 } from row in Table.Rows select Of(row.Name, seed, 0.9 - ((Loss[row.Name] + (0.1 * seed * row.Name.Length)) / 100))]);
        Assert.Contains(line => line.StartsWith("| Variant-1 | [2,1,2,2,2] | 9,268,170 | 190.5 | 1.73 | 1.73 | 88.20 (87.30 to 89.10) | 3 | 93.56 ", StringComparison.Ordinal), lines);
        // 3 points, less 0.3 for each seed's number: -0.6 ± 0.3 · 4.30 / √3.
        Assert.Contains("| Variant-1 - VGG-11 | 3 | +2.40 | +1.65 to +3.15 | +0.88 | as in the paper |", lines);
        Assert.Contains(line => line.StartsWith("| measured | 0.94 | 0.0083 | 0.89 | 0.0083 | they rise together |", StringComparison.Ordinal), lines);
        Assert.Contains(line => line.StartsWith("| the paper's columns | 0.94 | 0.0083 | 0.89 | 0.0083 |", StringComparison.Ordinal), lines);
    }

    [TestMethod]
    public void Two_seeds_that_cannot_decide_are_undecided_and_incomplete_seeds_have_no_correlation()
    {
        var lines = Lines([Of("VGG-11", 1, 0.9), Of("VGG-11", 2, 0.9), Of("Variant-4", 1, 0.91), Of("Variant-4", 2, 0.92), Of("Variant-4", 3, 0.93), Of("Variant-5", 1, null)]);
        Assert.Contains("| Variant-4 - VGG-11 | 2 | +1.50 | +1.00, +2.00 | -0.10 | undecided |", lines);
        Assert.Contains("- 1 trainings whose loss stopped being a number are left out", lines);
        Assert.DoesNotContain(line => line.StartsWith("| Variant-5", StringComparison.Ordinal), lines);
        Assert.Contains(line => line.StartsWith("No seed has all six rows", StringComparison.Ordinal), lines);
    }

    [TestMethod]
    public void Each_recipe_has_a_part_of_its_own_and_a_training_counts_once()
    {
        var shorter = Recipe with { Epochs = 6, Images = 10_000, Device = "cpu" };
        var lines = Lines([Of("VGG-11", 1, 0.7) with { Recipe = shorter }, Of("VGG-11", 1, 0.9), Of("VGG-11", 1, 0.8), Of("VGG-11", 1, 0.1) with { Training = new(3, "VGG16", 1) }]);
        CollectionAssert.AreEqual(
            new[] { "## 15 epochs of 50,000 images, batch 512, OneCycle up to 0.2, BFloat16, cuda", "## 6 epochs of 10,000 images, batch 512, OneCycle up to 0.2, BFloat16, cpu" },
            lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).ToList());
        Assert.Contains(line => line.Contains("| 90.00 (90.00 to 90.00) | 1 |", StringComparison.Ordinal), lines);
        Assert.Contains(line => line.Contains("| 70.00 (70.00 to 70.00) | 1 |", StringComparison.Ordinal), lines);
        Assert.Contains("No training is in the log yet.", Lines([]));
    }

    private static string[] Lines(IReadOnlyList<PaperResult> results)
    {
        using var folder = new TempFolder();
        PaperReport.Write(Table, results, "command").Save(folder["report.md"]);
        return File.ReadAllLines(folder["report.md"]);
    }
}
