using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

[TestClass]
public class FlipAlternationTests
{
    private const int Count = 10_000;

    private static bool[] Of(int seed, int epoch)
    {
        using var scope = NewDisposeScope();
        return [.. new FlipAlternation(seed).Of(arange(Count), epoch).data<bool>()];
    }

    [TestMethod]
    public void An_image_is_mirrored_in_every_other_epoch()
    {
        var (first, second, third) = (Of(1, 1), Of(1, 2), Of(1, 3));
        CollectionAssert.AreEqual(first.Select(mirrored => !mirrored).ToArray(), second);
        CollectionAssert.AreEqual(first, third);
    }

    // Five standard errors.
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(-7)]
    [DataRow(int.MaxValue)]
    public void Half_of_them_begin_mirrored_with_no_order_among_neighbours(int seed)
    {
        var turns = Of(seed, 1);
        Assert.AreEqual(Count / 2, turns.Count(mirrored => mirrored), 250);
        for (var distance = 1; distance <= 16; distance++)
            Assert.AreEqual(0.5, Alike(turns[distance..], turns), 0.025, $"distance {distance}");
    }

    [TestMethod]
    public void Each_seed_draws_others()
    {
        for (var seed = 2; seed < 8; seed++)
            Assert.AreEqual(0.5, Alike(Of(1, 1), Of(seed, 1)), 0.025);
    }

    [TestMethod]
    public void An_images_turn_is_its_own_in_any_batch()
    {
        using var scope = NewDisposeScope();
        CollectionAssert.AreEqual(
            new[] { 5, 4000, 17 }.Select(row => Of(3, 2)[row]).ToArray(), new FlipAlternation(3).Of(tensor([5L, 4000, 17]), 2).data<bool>().ToArray());
    }

    private static double Alike(bool[] first, bool[] second) => first.Zip(second).Count(pair => pair.First == pair.Second) / (double)first.Length;
}
