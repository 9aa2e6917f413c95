using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

[TestClass]
public class RandAugmenterTests
{
    [TestMethod]
    public void Each_of_the_14_operations_comes_as_often()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = randint(0, 256, [2800, 6, 6, 3], ScalarType.Float32, generator: generator);
        var augmenter = new RandAugmenter(new() { Operations = 1, Magnitude = 30 }, 2800, new(generator, CPU));
        var changed = augmenter.Colours(images).ne(images).any(1).any(1).any(1);
        var maps = augmenter.Maps(6, 6);
        var moved = (maps - eye(3)).abs().amax([1, 2]).gt(1e-6);
        // Geometry is 5 of 14, colours are 8, of which equalize needs more pixels than 36: 7; standard deviations below 0.01.
        Assert.AreEqual(5 / 14.0, moved.to(ScalarType.Float32).mean().item<float>(), 0.04);
        Assert.AreEqual(7 / 14.0, changed.to(ScalarType.Float32).mean().item<float>(), 0.04);
        Assert.IsFalse(moved.logical_and(changed).any().item<bool>());
        // The shear of torchvision, the shift of AutoAugment, the turn of 30 degrees, to both sides.
        Assert.AreEqual(2 * 150 / 331.0, maps.select(2, 2).narrow(1, 0, 2).max().item<float>(), 1e-5);
        Assert.AreEqual(-2 * 150 / 331.0, maps.select(2, 2).narrow(1, 0, 2).min().item<float>(), 1e-5);
        Assert.AreEqual(0.5, maps.select(2, 1).select(1, 0).max().item<float>(), 1e-5);
        Assert.AreEqual(Math.Cos(Math.PI / 6), maps.select(2, 0).select(1, 0).min().item<float>(), 1e-5);
        Assert.IsTrue((maps.select(2, 1).select(1, 0) - 0.3).abs().lt(1e-5).any().item<bool>());
    }

    [TestMethod]
    public void At_magnitude_0_nothing_moves_and_only_automatic_contrast_and_equalize_change_colours()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Every level once, in each channel: nothing to stretch and nothing to equalize.
        var images = arange(256, ScalarType.Float32).view(1, 16, 16, 1).expand(200, 16, 16, 3).contiguous();
        var augmenter = new RandAugmenter(new() { Operations = 4, Magnitude = 0 }, 200, new(generator, CPU));
        RecipeFixture.AssertClose(eye(3).expand(200, 3, 3).Values(), augmenter.Maps(16, 16), 1e-6);
        Assert.IsTrue(augmenter.Colours(images).allclose(images, atol: 1.01));
    }

    [TestMethod]
    public void The_images_given_are_left_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = randint(0, 256, [50, 8, 8, 3], ScalarType.Float32, generator: generator);
        var copy = images.clone();
        new RandAugmenter(new() { Magnitude = 30 }, 50, new(generator, CPU)).Colours(images);
        Assert.IsTrue(images.equal(copy).all().item<bool>());
    }
}
