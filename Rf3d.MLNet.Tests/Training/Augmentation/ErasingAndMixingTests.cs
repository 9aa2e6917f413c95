using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Random erasing, Cutout, MixUp and CutMix on images that show the changes.</summary>
[TestClass]
public class ErasingAndMixingTests
{
    [TestMethod]
    public void Random_erasing_takes_its_share_of_the_images_and_2_to_33_percent_of_each()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = ones(2000, 40, 40, 3);
        Erasing.Apply(images, new() { RandomErasing = 0.25 }, new(generator, CPU));
        var shares = images.select(3, 0).eq(0).to(ScalarType.Float32).mean([1, 2]);
        var erased = shares.gt(0);
        // Standard deviation √(0.25·0.75/2000) = 0.0097.
        Assert.AreEqual(0.25, erased.to(ScalarType.Float32).mean().item<float>(), 4 * 0.0097);
        var some = shares.masked_select(erased);
        Assert.IsInRange(0.015f, 0.03f, some.min().item<float>());
        Assert.IsInRange(0.28f, 0.36f, some.max().item<float>());
        // Uniform from 0.02 to 1/3, of which the long ones are cut at the border.
        Assert.AreEqual(0.17, some.mean().item<float>(), 0.015);
    }

    [TestMethod]
    public void Cutout_erases_a_square_around_any_pixel()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = ones(500, 16, 24, 3);
        Erasing.Apply(images, new() { Cutout = 0.5 }, new(generator, CPU));
        var erased = images.select(3, 0).eq(0);
        var (rows, columns) = (erased.any(2).sum(1), erased.any(1).sum(1));
        // 8 pixels a side, fewer at the border, where a quarter of it at least is left.
        Assert.AreEqual((4, 8), ((int)rows.min().item<long>(), (int)rows.max().item<long>()));
        Assert.AreEqual((4, 8), ((int)columns.min().item<long>(), (int)columns.max().item<long>()));
        Assert.IsTrue((rows * columns).eq(erased.sum([1, 2])).all().item<bool>());
        Assert.IsTrue(erased.any(0).all().item<bool>());
    }

    [TestMethod]
    public void MixUp_mixes_images_and_targets_by_the_same_share()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var targets = eye(64);
        // Image i has the value i everywhere: its new value shows the share.
        var images = arange(64, ScalarType.Float32).view(64, 1, 1, 1).expand(64, 4, 4, 3);
        var (mixed, soft) = ImageMixing.MixUp(images, targets, 0.5, new(generator, CPU));
        RecipeFixture.AssertClose(Repeat(1, 64), soft.sum(1));
        Assert.IsTrue(soft.gt(0).sum(1).le(2).all().item<bool>());
        RecipeFixture.AssertClose(soft.matmul(arange(64, ScalarType.Float32)).Values(), mixed.mean([1, 2, 3]), 1e-3);
        Assert.IsGreaterThan(30, soft.diagonal().lt(0.999).sum().item<long>());
    }

    [TestMethod]
    public void CutMix_puts_a_rectangle_of_another_image_in_and_the_target_goes_by_its_area()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = arange(64, ScalarType.Float32).view(64, 1, 1, 1).expand(64, 8, 12, 3);
        var (mixed, soft) = ImageMixing.CutMix(images, eye(64), 1, new(generator, CPU));
        RecipeFixture.AssertClose(Repeat(1, 64), soft.sum(1));
        RecipeFixture.AssertClose(soft.matmul(arange(64, ScalarType.Float32)).Values(), mixed.mean([1, 2, 3]), 1e-3);
        // No colour that was not there before, and a rectangle.
        Assert.IsTrue(mixed.eq(mixed.round()).all().item<bool>());
        var foreign = mixed.ne(images).select(3, 0);
        Assert.IsTrue(foreign.any(1, true).logical_and(foreign.any(2, true)).eq(foreign).all().item<bool>());
    }

    [TestMethod]
    public void The_label_is_the_class_that_has_most_of_the_image()
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(32);
        foreach (var options in new AugmentationOptions[] { new() { MixUpAlpha = 1 }, new() { CutMixAlpha = 1 } })
        {
            var batch = AugmenterTests.Make(images, options);
            Assert.IsTrue(batch.Targets!.argmax(1).equal(batch.Labels).all().item<bool>());
            Assert.IsTrue(batch.Labels.ne(images.Labels).any().item<bool>());
        }
        Assert.IsNull(AugmenterTests.Make(images, new()).Targets);
    }

    // Beta(α, α) has the mean 1/2 and the variance 1/(4(2α + 1)).
    [TestMethod]
    [DataRow(0.01)]
    [DataRow(0.2)]
    [DataRow(1.0)]
    [DataRow(10.0)]
    public void Shares_are_drawn_from_the_beta_distribution(double alpha)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var shares = new RandomDraws(generator, CPU).Beta(20_000, alpha);
        Assert.IsTrue(shares.ge(0).logical_and(shares.le(1)).all().item<bool>());
        var variance = 1 / (4 * ((2 * alpha) + 1));
        Assert.AreEqual(0.5, shares.mean().item<float>(), 4 * Math.Sqrt(variance / 20_000));
        Assert.AreEqual(variance, shares.var().item<float>(), 0.04 * variance);
    }

    private static float[] Repeat(float value, int count) => [.. Enumerable.Repeat(value, count)];
}
