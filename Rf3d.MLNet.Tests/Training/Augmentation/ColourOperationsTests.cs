using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Each operation on colours against its closed form.</summary>
[TestClass]
public class ColourOperationsTests
{
    private static Tensor Images(int height = 5, int width = 7)
    {
        using var generator = new Generator(5);
        return randint(0, 256, [3, height, width, 3], ScalarType.Float32, generator: generator);
    }

    private static Tensor Plain(params float[] rgb) => tensor(rgb).view(1, 1, 1, 3).expand(1, 4, 4, 3).contiguous();

    private static Tensor Each(params float[] figures) => tensor(figures);

    public static IEnumerable<object[]> ByFactor =>
    [
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Brightness, 1.0],
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Contrast, 1.0],
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Saturation, 1.0],
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Sharpness, 1.0],
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Hue, 0.0],
        [(Func<Tensor, Tensor, Tensor>)ColourOperations.Hue, 1.0],
    ];

    [TestMethod]
    [DynamicData(nameof(ByFactor))]
    public void Nothing_changes_at_the_neutral_strength(Func<Tensor, Tensor, Tensor> operation, double neutral)
    {
        using var scope = NewDisposeScope();
        var images = Images();
        RecipeFixture.AssertClose(images.Values(), operation(images, full([3], neutral)), 1e-2);
    }

    [TestMethod]
    [DynamicData(nameof(ByFactor))]
    public void Every_image_has_its_own_strength_and_stays_in_range(Func<Tensor, Tensor, Tensor> operation, double neutral)
    {
        using var scope = NewDisposeScope();
        var images = Images();
        var changed = operation(images, Each((float)neutral, (float)neutral + 0.3f, (float)neutral + 0.9f));
        CollectionAssert.AreEqual(images.shape, changed.shape);
        RecipeFixture.AssertClose(images[0].Values(), changed[0], 1e-2);
        Assert.IsFalse(changed[1].allclose(images[1], atol: 1));
        Assert.IsTrue(changed.ge(0).logical_and(changed.le(255)).all().item<bool>());
    }

    [TestMethod]
    public void Brightness_is_a_factor()
    {
        using var scope = NewDisposeScope();
        RecipeFixture.AssertClose(Plain(60, 120, 255).Values(), ColourOperations.Brightness(Plain(40, 80, 200), Each(1.5f)), 1e-3);
    }

    [TestMethod]
    public void A_grey_image_has_neither_saturation_nor_hue_nor_contrast()
    {
        using var scope = NewDisposeScope();
        var grey = Plain(100, 100, 100);
        RecipeFixture.AssertClose(grey.Values(), ColourOperations.Saturation(grey, Each(0.2f)), 0.05);
        RecipeFixture.AssertClose(grey.Values(), ColourOperations.Hue(grey, Each(0.3f)), 0.05);
        RecipeFixture.AssertClose(grey.Values(), ColourOperations.Contrast(grey, Each(0.2f)), 0.05);
        RecipeFixture.AssertClose(grey.Values(), ColourOperations.Sharpness(grey, Each(0.2f)), 0.05);
    }

    [TestMethod]
    public void Without_saturation_red_is_its_grey()
    {
        using var scope = NewDisposeScope();
        RecipeFixture.AssertClose(Plain(59.8f, 59.8f, 59.8f).Values(), ColourOperations.Saturation(Plain(200, 0, 0), Each(0)), 1e-3);
    }

    [TestMethod]
    public void Contrast_halves_the_distance_to_the_mean()
    {
        using var scope = NewDisposeScope();
        var halves = cat([full([1, 4, 2, 3], 50f), full([1, 4, 2, 3], 150f)], 2);
        RecipeFixture.AssertClose(cat([full([1, 4, 2, 3], 75f), full([1, 4, 2, 3], 125f)], 2).Values(), ColourOperations.Contrast(halves, Each(0.5f)), 0.05);
    }

    [TestMethod]
    public void A_turned_hue_keeps_the_luma_and_a_third_of_the_circle_makes_another_primary_strongest()
    {
        using var scope = NewDisposeScope();
        var turned = ColourOperations.Hue(Plain(140, 100, 100), Each(1 / 3f)).Values()[..3];
        Assert.AreEqual((0.299 * 140) + (0.701 * 100), (0.299 * turned[0]) + (0.587 * turned[1]) + (0.114 * turned[2]), 0.1);
        Assert.AreNotEqual(0, Array.IndexOf(turned, turned.Max()));
    }

    [TestMethod]
    public void Sharpness_0_smooths_by_the_kernel_and_leaves_the_border()
    {
        using var scope = NewDisposeScope();
        var point = zeros(1, 5, 5, 3);
        point.select(1, 2).select(1, 2).fill_(130);
        var smooth = ColourOperations.Sharpness(point, Each(0)).select(3, 0).Values();
        float[] expected = [0, 0, 0, 0, 0, 0, 10, 10, 10, 0, 0, 10, 50, 10, 0, 0, 10, 10, 10, 0, 0, 0, 0, 0, 0];
        RecipeFixture.AssertClose(expected, smooth, 1e-3);
        var small = Images(2, 2);
        RecipeFixture.AssertClose(small.Values(), ColourOperations.Sharpness(small, Each(0, 0, 0)));
    }

    [TestMethod]
    public void Posterize_keeps_the_upper_bits()
    {
        using var scope = NewDisposeScope();
        RecipeFixture.AssertClose(Plain(0x70, 0xF0, 0).Values(), ColourOperations.Posterize(Plain(0x7F, 0xF1, 0x0F), 4));
        RecipeFixture.AssertClose(Plain(1, 2, 3).Values(), ColourOperations.Posterize(Plain(1, 2, 3), 8));
    }

    [TestMethod]
    public void Solarize_inverts_bright_pixels()
    {
        using var scope = NewDisposeScope();
        RecipeFixture.AssertClose(Plain(127, 127, 55).Values(), ColourOperations.Solarize(Plain(127, 128, 200), 128));
    }

    [TestMethod]
    public void Automatic_contrast_stretches_each_channel()
    {
        using var scope = NewDisposeScope();
        var image = zeros(1, 1, 3, 3);
        image.select(3, 0).copy_(tensor(new float[] { 50, 100, 150 }).view(1, 1, 3));
        image.select(3, 1).copy_(tensor(new float[] { 0, 51, 255 }).view(1, 1, 3));
        image.select(3, 2).fill_(7);
        var stretched = ColourOperations.AutoContrast(image);
        RecipeFixture.AssertClose([0, 127.5f, 255], stretched.select(3, 0), 1e-3);
        RecipeFixture.AssertClose([0, 51, 255], stretched.select(3, 1), 1e-3);
        RecipeFixture.AssertClose([7, 7, 7], stretched.select(3, 2), 1e-3);
    }

    // Pillow: step = (n - n of the highest level) / 255; level v becomes (pixels below v + step / 2) / step, all rounded down.
    [TestMethod]
    public void Equalize_is_Pillows()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var images = randint(40, 90, [2, 64, 32, 3], ScalarType.Float32, generator: generator);
        var equalized = ColourOperations.Equalize(images);
        for (var image = 0; image < 2; image++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var before = images[image].select(2, channel).Values();
                var counts = before.GroupBy(value => (int)value).ToDictionary(group => group.Key, group => group.Count());
                var step = (before.Length - counts[counts.Keys.Max()]) / 255;
                var expected = before.Select(value => (float)Math.Min(255, (counts.Where(count => count.Key < value).Sum(count => count.Value) + (step / 2)) / step));
                RecipeFixture.AssertClose([.. expected], equalized[image].select(2, channel));
            }
        }
        // 35 pixels are too few to spread over 256 levels.
        RecipeFixture.AssertClose(Images().Values(), ColourOperations.Equalize(Images()));
    }
}
