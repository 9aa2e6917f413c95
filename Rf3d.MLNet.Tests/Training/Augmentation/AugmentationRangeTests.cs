using Rf3d.MLNet.Tests.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Each figure of the augmentation is the one that is drawn from: both ways, as far as it says, and also where crops are looked up.</summary>
[TestClass]
public class AugmentationRangeTests
{
    private const int Count = 64;

    [TestMethod]
    public void Rotation_goes_both_ways()
    {
        using var scope = NewDisposeScope();
        // Bright on the right: turned, the upper half is brighter than the lower one, or darker.
        using var images = Of((arange(16) * 16).view(1, 1, 16, 1).expand(Count, 16, 16, 3));
        var turned = AugmenterTests.Make(images, new() { RotationDegrees = 30 }).Images.select(1, 0);
        AssertBothSigns(turned.narrow(1, 0, 8).mean([1, 2]) - turned.narrow(1, 8, 8).mean([1, 2]));
    }

    [TestMethod]
    public void Hue_goes_both_ways()
    {
        using var scope = NewDisposeScope();
        // Red turns towards yellow, or towards magenta.
        using var images = Of(tensor(new long[] { 255, 0, 0 }).expand(Count, 16, 16, 3));
        var turned = AugmenterTests.Make(images, new() { Hue = 0.1 }).Images.mean([2, 3]);
        AssertBothSigns(turned.select(1, 1) - turned.select(1, 2));
    }

    [TestMethod]
    public void A_resized_crop_is_as_small_as_its_scale_says()
    {
        using var scope = NewDisposeScope();
        using var images = Of((arange(16) * 16).view(1, 1, 16, 1).expand(Count, 16, 16, 3));
        var columns = AugmenterTests.Make(images, new() { ResizedCropScale = 0.1 }).Images.select(1, 0).mean([1]);
        var widths = (columns.amax([1]) - columns.amin([1])) / 240;
        // A tenth of the area is a third of the width; by their shapes alone parts of the whole area have at least √¾ of it.
        Assert.IsLessThan(0.5, widths.min().item<float>());
        Assert.IsGreaterThan(0.7, widths.max().item<float>());
    }

    [TestMethod]
    public void Images_are_mixed_or_cut_as_asked_for_and_either_way_if_both_are()
    {
        using var scope = NewDisposeScope();
        // Each image has a value of its own, and mixing makes others.
        using var images = Of((arange(Count) * 4).view(-1, 1, 1, 1).expand(Count, 16, 16, 3));
        Assert.IsTrue(IsMixed(new() { MixUpAlpha = 1 }, 1));
        Assert.IsFalse(IsMixed(new() { CutMixAlpha = 1 }, 1));
        var both = Enumerable.Range(1, 20).Select(seed => IsMixed(new() { MixUpAlpha = 1, CutMixAlpha = 1 }, seed)).Distinct().Count();
        Assert.AreEqual(2, both);

        bool IsMixed(AugmentationOptions options, int seed) => AugmenterTests.Make(images, options, seed).Images.remainder(4).ne(0).any().item<bool>();
    }

    [TestMethod]
    public void Alpha_says_how_evenly()
    {
        using var scope = NewDisposeScope();
        using var images = Of((arange(Count) * 4).view(-1, 1, 1, 1).expand(Count, 16, 16, 3));
        // Both halves of the mixture are near a half each.
        var mixed = AugmenterTests.Make(images, new() { MixUpAlpha = 100 }).Targets!;
        var largest = mixed.amax([1]);
        Assert.IsTrue(largest.lt(0.7).logical_or(largest.gt(0.9999)).all().item<bool>());
        Assert.IsTrue(largest.lt(0.7).any().item<bool>());
        // A box of half the area lies in every image, but for those that are their own partners.
        var cut = AugmenterTests.Make(images, new() { CutMixAlpha = 100 }).Images;
        var changed = cut.select(1, 0).ne((arange(Count) * 4).view(-1, 1, 1)).to(ScalarType.Float32).mean([1, 2]);
        Assert.IsGreaterThan(0.9, changed.gt(0.05).to(ScalarType.Float32).mean().item<float>());
        Assert.IsLessThan(0.7, changed.max().item<float>());
    }

    public static IEnumerable<object[]> Alone =>
    [
        ["resized crop", new AugmentationOptions { ResizedCropScale = 0.3 }],
        ["rotation", new AugmentationOptions { RotationDegrees = 20 }],
        ["brightness", new AugmentationOptions { Brightness = 0.4 }],
        ["contrast", new AugmentationOptions { Contrast = 0.4 }],
        ["saturation", new AugmentationOptions { Saturation = 0.4 }],
        ["hue", new AugmentationOptions { Hue = 0.2 }],
        ["RandAugment", new AugmentationOptions { RandAugment = new() }],
    ];

    [TestMethod]
    [DynamicData(nameof(Alone))]
    public void Each_alone_changes_images_whose_crops_are_looked_up(string name, AugmentationOptions options)
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(24);
        var settings = RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = true; recipe.RandomFlip = true; recipe.Augmentation = options; });
        RecipeFixture.AssertClose(Make(isIndexed: false), Make(isIndexed: true), 1e-2);

        float[] Make(bool isIndexed)
        {
            using var generator = new Generator(7);
            using var source = new BatchSource(images, new([0, 0, 0], [1, 1, 1]), CPU);
            using var indexed = isIndexed ? new IndexedBatches(images, settings) : null;
            return new Augmenter(source, settings, 4, generator, indexed).Make(arange(16), epoch: 1).Images.to(ScalarType.Float32).Values();
        }
    }

    private static ImageSet Of(Tensor pixels) => ImageSets.Of(pixels.to(ScalarType.Byte).contiguous(), arange(Count).remainder(4));

    private static void AssertBothSigns(Tensor differences)
    {
        Assert.IsGreaterThan(5, differences.max().item<float>());
        Assert.IsLessThan(-5, differences.min().item<float>());
    }
}
