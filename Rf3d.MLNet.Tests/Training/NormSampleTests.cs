using Rf3d.MLNet.Tests.Images;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class NormSampleTests
{
    [TestMethod]
    public void Which_images_they_are_of_goes_by_the_seed_and_by_balanced_sampling()
    {
        using var scope = NewDisposeScope();
        using var drawn = new Generator(3);
        // Of the second class there is an image in ten.
        using var images = ImageSets.Of(randint(0, 256, [40, 8, 8, 3], ScalarType.Byte, generator: drawn), arange(40).remainder(10).eq(0).to(ScalarType.Int64));
        var plain = Mean(isBalanced: false, seed: 1);
        // Each image once, whatever the seed.
        RecipeFixture.AssertClose(plain, Mean(isBalanced: false, seed: 2));
        var balanced = Mean(isBalanced: true, seed: 1);
        CollectionAssert.AreEqual(balanced, Mean(isBalanced: true, seed: 1));
        Assert.IsGreaterThan(1e-3, Difference(plain, balanced));
        Assert.IsGreaterThan(1e-3, Difference(balanced, Mean(isBalanced: true, seed: 2)));

        float[] Mean(bool isBalanced, int seed)
        {
            using var generator = new Generator(1);
            using var network = RecipeFixture.Network(generator);
            using var batches = new BatchSource(images, new([127, 127, 127], [70, 70, 70]), CPU);
            var settings = RecipeFixture.Settings.With(recipe => recipe.BalancedSampling = isBalanced) with { Seed = seed };
            using var statistics = new NormStatistics(network, new(images, arange(40)), batches, settings, 256);
            Assert.IsTrue(statistics.PutIn(default));
            return network.Norms.Single().Mean.Values();
        }

        static double Difference(float[] one, float[] other) => one.Zip(other, (first, second) => Math.Abs(first - second)).Max();
    }
}
