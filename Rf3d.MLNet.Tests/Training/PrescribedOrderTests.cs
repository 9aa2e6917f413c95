using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>A store that decodes while the network trains prescribes the order of the images, by the number of the pass.</summary>
[TestClass]
public class PrescribedOrderTests
{
    [TestMethod]
    public void The_number_of_a_pass_follows_from_seed_and_epoch()
    {
        var (one, again, other) = (Passes(5), Passes(5), Passes(6));
        Assert.IsGreaterThan(2, one.Distinct().Count());
        CollectionAssert.AreEqual(one, again);
        Assert.IsEmpty(one.Intersect(other).ToList());
    }

    private static List<int> Passes(int seed)
    {
        List<int> passes = [];
        using var training = new SmallTraining { Epochs = 3, Recipe = settings => settings with { Seed = seed }, Store = store => new PassStore(store, passes) };
        training.Run(null);
        return passes;
    }

    private sealed class PassStore(ImageStore source, List<int> passes) : ImageStore
    {
        public override Tensor? Order(Tensor rows, int pass)
        {
            passes.Add(pass);
            return null;
        }

        public override Tensor Fetch(Tensor rows) => source.Fetch(rows);

        public override void Dispose()
        {
        }
    }
}
