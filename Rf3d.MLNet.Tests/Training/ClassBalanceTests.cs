using Rf3d.MLNet.Tests.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>Classes of uneven size: weights in the loss, and balanced sampling.</summary>
[TestClass]
public class ClassBalanceTests
{
    [TestMethod]
    public void Auto_weights_are_inverse_to_the_frequencies_and_1_on_average_over_the_images()
    {
        long[] counts = [60, 30, 0, 10];
        var weights = ClassWeights.Auto.For(counts)!;
        Assert.IsNull(ClassWeights.Equal.For(counts));
        RecipeFixture.AssertClose([100f / 180, 100f / 90, 0, 100f / 30], weights);
        Assert.AreEqual(100, counts.Zip(weights, (count, weight) => count * weight).Sum(), 1e-4);
        Assert.AreEqual("auto", ClassWeights.Auto.ToString());
        Assert.IsEmpty(ClassWeights.Auto.Values);
    }

    [TestMethod]
    public void Weights_of_ones_own_are_one_for_each_class()
    {
        CollectionAssert.AreEqual(new[] { 1f, 2.5f }, ClassWeights.Of(1, 2.5).For([5, 5]));
        Assert.Contains("3 weights; the label has 2 classes", Assert.ThrowsExactly<OptionConflictException>(() => ClassWeights.Of(1, 2, 3).For([5, 5])).Message);
        Assert.Contains("[1, 0]", Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of(1, 0)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of());
        Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of(double.NaN));
        Assert.AreEqual("1, 2.5", ClassWeights.Of(1, 2.5).ToString());
    }

    [TestMethod]
    [DataRow(1e-50, "[1E-50, 1]")]
    [DataRow(1e39, "[1E+39, 1]")]
    public void Weights_that_single_precision_has_not_are_refused(double weight, string text)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of(weight, 1));
        Assert.Contains("from 1E-30 to 1E+30", error.Message);
        Assert.Contains(text, error.Message);
        Assert.Contains("from 1E-30 to 1E+30", Assert.ThrowsExactly<FormatException>(() => ClassWeights.Parse(text[1..^1])).Message);
    }

    [TestMethod]
    public void Weights_scale_the_loss_of_each_image()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator, classes: 2);
        using var images = RecipeFixture.Images(2, classes: 2);
        float[] weights = [1, 3];
        var settings = RecipeFixture.Settings.With(recipe => recipe.LearningRate = 0);
        var (plain, logits) = Loss(settings);
        var (weighted, _) = Loss(settings with { ClassWeights = weights });
        var losses = (-logits.log_softmax(1).diagonal()).Values();
        Assert.AreEqual((losses[0] + losses[1]) / 2, plain, 1e-5);
        Assert.AreEqual((losses[0] + (3 * losses[1])) / 4, weighted, 1e-5);

        (float, Tensor) Loss(TrainingSettings settings)
        {
            using var optimizer = Optimizers.Make(network, settings);
            using var batches = new BatchSource(images, new([128, 128, 128], [64, 64, 64]), CPU);
            using var step = new TrainingStep(network, optimizer, null, new Augmenter(batches, settings, 2, generator), settings);
            var (loss, logits, _) = step.Run(arange(2), 1, 0);
            return (loss.item<float>(), logits);
        }
    }

    [TestMethod]
    public void Without_balance_every_image_comes_once()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var images = RecipeFixture.Images(50);
        var order = EpochOrder.Draw(new(images, arange(5, 45)), balanced: false, generator).data<long>().ToArray();
        CollectionAssert.AreEquivalent(Enumerable.Range(5, 40).Select(row => (long)row).ToArray(), order);
    }

    [TestMethod]
    public void With_balance_every_class_comes_as_often()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // 9,000 images of class 0, 900 of class 1, 100 of class 3; none of class 2.
        using var images = ImageSets.Of(
            zeros([10_000, 1, 1, 3], ScalarType.Byte),
            tensor(Enumerable.Range(0, 10_000).Select(row => row < 9000 ? 0L : row < 9900 ? 1 : 3).ToArray()));
        var order = EpochOrder.Draw(new(images, arange(10_000)), balanced: true, generator).data<long>().ToArray();
        Assert.HasCount(10_000, order);
        var shares = order.GroupBy(row => row < 9000 ? 0 : row < 9900 ? 1 : 3).ToDictionary(group => group.Key, group => group.Count() / 10_000.0);
        // The standard deviation of each share is √(1/3·2/3/10,000) = 0.0047.
        foreach (var label in new[] { 0, 1, 3 })
            Assert.AreEqual(1 / 3.0, shares[label], 4 * 0.0047);
        Assert.IsGreaterThan(95, order.Where(row => row >= 9900).Distinct().Count());
    }

    [TestMethod]
    public void Clipping_bounds_the_norm_of_all_gradients_together()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var images = RecipeFixture.Images(8);
        var free = Norm(null);
        Assert.IsGreaterThan(0.02, free);
        Assert.AreEqual(0.01, Norm(0.01), 1e-5);
        Assert.AreEqual(free, Norm(1e6), 1e-6);

        double Norm(double? limit)
        {
            using var seeded = new Generator(7);
            using var network = RecipeFixture.Network(seeded);
            var settings = RecipeFixture.Settings.With(recipe => recipe.MaxGradientNorm = limit);
            using var optimizer = Optimizers.Make(network, settings);
            using var batches = new BatchSource(images, new([128, 128, 128], [64, 64, 64]), CPU);
            using var step = new TrainingStep(network, optimizer, null, new Augmenter(batches, settings, 4, seeded), settings);
            step.Run(arange(8), 1, 0);
            return Math.Sqrt(network.parameters().Sum(parameter => parameter.grad!.square().sum().item<float>()));
        }
    }
}
