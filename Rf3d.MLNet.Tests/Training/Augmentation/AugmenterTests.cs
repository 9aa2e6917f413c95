using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Whole batches: shape, range, layout, seed, and no random numbers for operations that are off.</summary>
[TestClass]
public class AugmenterTests
{
    private const int Classes = 4;

    // On this scale a normalized value is the pixel's, so that ranges can be read.
    private static readonly ChannelStatistics Pixels = new([0, 0, 0], [1, 1, 1]);

    private static readonly Dictionary<string, AugmentationOptions> Options = new()
    {
        ["resized crop"] = new() { ResizedCropScale = 0.2 },
        ["rotation"] = new() { RotationDegrees = 30 },
        ["brightness"] = new() { Brightness = 0.5 },
        ["contrast"] = new() { Contrast = 0.5 },
        ["saturation"] = new() { Saturation = 0.5 },
        ["hue"] = new() { Hue = 0.3 },
        ["erasing"] = new() { RandomErasing = 1 },
        ["cutout"] = new() { Cutout = 0.5 },
        ["MixUp"] = new() { MixUpAlpha = 0.5 },
        ["CutMix"] = new() { CutMixAlpha = 1 },
        ["RandAugment"] = new() { RandAugment = new() { Operations = 3, Magnitude = 20 } },
        ["all"] = new()
        {
            CropPaddingMode = CropPaddingMode.Zero,
            ResizedCropScale = 0.3,
            RotationDegrees = 20,
            Brightness = 0.3,
            Contrast = 0.3,
            Saturation = 0.3,
            Hue = 0.1,
            RandomErasing = 0.5,
            Cutout = 0.25,
            MixUpAlpha = 0.2,
            CutMixAlpha = 1,
            RandAugment = new(),
        },
    };

    public static IEnumerable<object[]> Names => Options.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void It_changes_images_and_keeps_shape_range_and_layout(string name)
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(16, height: 12, width: 20);
        var batch = Make(images, Options[name]);
        var plain = Make(images, new());
        CollectionAssert.AreEqual(new long[] { 16, 3, 12, 20 }, batch.Images.shape);
        CollectionAssert.AreEqual(plain.Images.stride(), batch.Images.stride());
        Assert.AreEqual(ScalarType.Float32, batch.Images.dtype);
        Assert.IsTrue(batch.Images.ge(-1e-3).logical_and(batch.Images.le(255.001)).all().item<bool>());
        Assert.IsFalse(batch.Images.allclose(plain.Images, atol: 1));
        if (batch.Targets is { } targets)
            RecipeFixture.AssertClose([.. Enumerable.Repeat(1f, 16)], targets.sum(1));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_seed_gives_the_same_batch_again(string name)
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(16, height: 12, width: 20);
        Assert.IsTrue(Make(images, Options[name], seed: 3).Images.equal(Make(images, Options[name], seed: 3).Images).all().item<bool>());
        Assert.IsFalse(Make(images, Options[name], seed: 3).Images.allclose(Make(images, Options[name], seed: 4).Images, atol: 1));
    }

    // The same seed has to train the same network as before there were options: operations that are off must not draw.
    [TestMethod]
    [DataRow(false, 0.125, 0, 0, true, false)]
    [DataRow(true, 0.0625, 1, 2, true, false)]
    [DataRow(true, 0.125, 2, 3, false, false)]
    [DataRow(true, 0.5, 8, 12, true, true)]
    public void Operations_that_are_off_draw_no_random_numbers(bool moves, double reach, int down, int across, bool turns, bool balanced)
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(8, height: 16, width: 24);
        using var generator = new Generator(1);
        var batch = new Augmenter(new BatchSource(images, Pixels, CPU), RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = moves; recipe.RandomFlip = moves; recipe.BalancedSampling = balanced; recipe.Augmentation = new() { CropPaddingFraction = reach, AlternatingFlip = turns }; }), Classes, generator).Make(arange(8), 2);
        using var twin = new Generator(1);
        var rows = arange(16).view(1, -1).expand(8, -1);
        var columns = arange(24).view(1, -1).expand(8, -1);
        if (moves)
        {
            rows = Reflect(rows + randint(-down, down + 1, [8, 1], generator: twin), 15);
            columns = Reflect(columns + randint(-across, across + 1, [8, 1], generator: twin), 23);
            var mirrored = turns && !balanced ? new FlipAlternation(RecipeFixture.Settings.Seed).Of(arange(8), 2) : rand([8], generator: twin).lt(0.5);
            columns = where(mirrored.view(-1, 1), columns.flip(1), columns);
        }
        var expected = images.Pixels().gather(1, rows.view(8, 16, 1, 1).expand(-1, -1, 24, 3)).gather(2, columns.view(8, 1, 24, 1).expand(-1, 16, -1, 3));
        RecipeFixture.AssertClose(expected.permute(0, 3, 1, 2).Values(), batch.Images);
        Assert.AreEqual(rand(1, generator: twin).item<float>(), rand(1, generator: generator).item<float>());

        static Tensor Reflect(Tensor places, long last) => last - (last - places.abs()).abs();
    }

    [TestMethod]
    public void Black_padding_is_black_where_the_mirrored_one_mirrors()
    {
        using var scope = NewDisposeScope();
        using var images = ImageSets.Of(full([64, 16, 16, 3], 200, ScalarType.Byte), zeros(64, ScalarType.Int64));
        var settings = RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = true; recipe.RandomFlip = true; });
        Assert.AreEqual(200, Make(images, new(), settings: settings).Images.min().item<float>());
        var black = Make(images, new() { CropPaddingFraction = 0.125, CropPaddingMode = CropPaddingMode.Zero }, settings: settings).Images.select(1, 0);
        Assert.AreEqual(0, black.min().item<float>());
        // Up to 2 of 16 pixels on either side: rows and columns within stay, and each image's part that is left is a rectangle.
        Assert.IsTrue(black.narrow(1, 2, 12).narrow(2, 2, 12).eq(200).all().item<bool>());
        var bright = black.eq(200);
        Assert.IsTrue(bright.any(1, true).logical_and(bright.any(2, true)).eq(bright).all().item<bool>());
    }

    [TestMethod]
    public void Normalisation_comes_after_colours_and_before_erasing()
    {
        using var scope = NewDisposeScope();
        using var images = ImageSets.Of(full([8, 16, 16, 3], 200, ScalarType.Byte), zeros(8, ScalarType.Int64));
        var batch = Make(images, new() { RandomErasing = 1 }, statistics: new([72, 72, 72], [64, 64, 64])).Images;
        Assert.IsTrue(batch.eq(2).logical_or(batch.eq(0)).all().item<bool>());
        Assert.IsTrue(batch.eq(0).any().item<bool>());
    }

    internal static TrainingBatch Make(
        ImageSet images, AugmentationOptions options, int seed = 3, TrainingSettings? settings = null, ChannelStatistics? statistics = null)
    {
        using var generator = new Generator((ulong)seed);
        using var source = new BatchSource(images, statistics ?? Pixels, CPU);
        return new Augmenter(source, (settings ?? RecipeFixture.Settings).With(recipe => recipe.Augmentation = options), Classes, generator).Make(arange(images.Count), 1);
    }
}
