using Rf3d.Benchmarks;
using static Rf3d.MLNet.Tests.Benchmarks.PaperResults;

namespace Rf3d.MLNet.Tests.Benchmarks;

[TestClass]
public class PaperQueueTests
{
    [TestMethod]
    public void Trains_all_rows_by_one_seed_before_the_next()
    {
        var queue = PaperQueue.Of(Table, [], [7, 3], Recipe, []);
        CollectionAssert.AreEqual(
            Table.Rows.Select(row => new PaperTraining(2, row.Name, 7)).Concat(Table.Rows.Select(row => new PaperTraining(2, row.Name, 3))).ToList(), queue.ToList());
    }

    [TestMethod]
    public void Skips_trainings_that_were_done_by_the_same_recipe()
    {
        List<PaperResult> done =
        [
            Of("VGG-11", 1),
            // Another recipe and another table are other figures; a loss that was lost would be lost again.
            Of("Variant-1", 1) with { Recipe = Recipe with { Epochs = 14 } },
            Of("Variant-1", 1) with { Training = new(3, "Variant-1", 1) },
            Of("Variant-2", 1, accuracy: null),
        ];
        var queue = PaperQueue.Of(Table, ["VGG-11", "Variant-1", "Variant-2"], [1, 2], Recipe, done);
        CollectionAssert.AreEqual(
            new[] { "Variant-1 1", "VGG-11 2", "Variant-1 2", "Variant-2 2" }, queue.Select(training => $"{training.Row} {training.Seed}").ToList());
    }

    [TestMethod]
    public void Knows_the_rows_of_the_table_only() =>
        Assert.Contains("Variant-5", Assert.ThrowsExactly<ArgumentException>(() => PaperQueue.Of(Table, ["Variant-6"], [1], Recipe, [])).Message);

    [TestMethod]
    public void A_training_may_take_as_long_as_the_longest_of_its_row()
    {
        List<PaperResult> done = [Of("VGG-11", 1, seconds: 8), Of("VGG-11", 2, seconds: 12), Of("Variant-1", 1, seconds: 30)];
        Assert.AreEqual(TimeSpan.FromSeconds(12), Estimate("VGG-11", done));
        Assert.IsNull(Estimate("VGG-11", []));
        Assert.IsNull(Estimate("VGG-11", [done[0] with { Recipe = Recipe with { Batch = 128 } }]));
    }

    [TestMethod]
    public void A_row_that_is_new_may_take_as_long_as_the_one_nearest_to_it_in_size()
    {
        var (small, large) = (Table["VGG-11"], Table["Variant-1"]);
        List<PaperResult> one = [Of("VGG-11", 1, seconds: 10)];
        Assert.AreEqual(10d * large.Macs / small.Macs, Estimate("Variant-1", one)!.Value.TotalSeconds, 1e-6);
        Assert.AreEqual(10, Estimate("VGG-11", [Of("Variant-1", 1, seconds: 10)])!.Value.TotalSeconds, "A smaller one is not taken to be faster.");
        // Variant-1 and Variant-2 have one convolution of 37.7 M MACs more.
        Assert.AreEqual(20, Estimate("Variant-2", [.. one, Of("Variant-1", 1, seconds: 20)])!.Value.TotalSeconds, 0.01);
    }

    private static TimeSpan? Estimate(string row, IEnumerable<PaperResult> done) => PaperQueue.Estimate(Table, new(2, row, 9), Recipe, done);
}
