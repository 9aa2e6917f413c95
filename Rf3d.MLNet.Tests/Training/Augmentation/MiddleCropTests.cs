using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Batches of images of which the network sees the middle: training moves it, and shows pixels beyond it.</summary>
[TestClass]
public class MiddleCropTests
{
    private const int Down = 2;
    private const int Across = 3;

    private static readonly Size2D Seen = new(8, 14);
    private static readonly ChannelStatistics Pixels = new([0, 0, 0], [1, 1, 1]);

    [TestMethod]
    public void Images_as_they_are_show_the_middle()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        var expected = images.Pixels().narrow(1, Down, 8).narrow(2, Across, 14).permute(0, 3, 1, 2);
        using var source = new BatchSource(images, Pixels, CPU);
        RecipeFixture.AssertClose(expected.Values(), source.Load(arange(8)), 0);
        RecipeFixture.AssertClose(expected.Values(), Make(images, moves: false), 0);
    }

    [TestMethod]
    public void A_moved_crop_shows_pixels_beyond_the_middle_and_mirrored_ones_only_beyond_the_image()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        using var twin = new Generator(1);
        // A quarter of 8 and of 14, rounded: as far as the border, and one pixel further.
        var rows = Reflect(arange(Down, Down + 8).view(1, -1) + randint(-2, 3, [8, 1], generator: twin), 11);
        var columns = Reflect(arange(Across, Across + 14).view(1, -1) + randint(-4, 5, [8, 1], generator: twin), 19);
        columns = where(rand([8], generator: twin).lt(0.5).view(-1, 1), columns.flip(1), columns);
        var expected = images.Pixels().gather(1, rows.view(8, 8, 1, 1).expand(-1, -1, 20, 3)).gather(2, columns.view(8, 1, 14, 1).expand(-1, 8, -1, 3));
        RecipeFixture.AssertClose(expected.permute(0, 3, 1, 2).Values(), Make(images, moves: true), 0);

        static Tensor Reflect(Tensor places, long last) => last - (last - places.abs()).abs();
    }

    [TestMethod]
    [DataRow(CropPaddingMode.Reflect)]
    [DataRow(CropPaddingMode.Zero)]
    public void Crops_that_are_looked_up_are_the_same(CropPaddingMode padding)
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        RecipeFixture.AssertClose(Make(images, moves: true, padding).Values(), Make(images, moves: true, padding, isIndexed: true), 0);
    }

    [TestMethod]
    public void A_mean_image_is_subtracted_pixel_by_pixel()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        using var generator = new Generator(1);
        var mean = rand([3, 8, 14], generator: generator).mul(255);
        using var source = new BatchSource(images, new([1, 2, 3], [2, 4, 8]) { MeanImage = [.. mean.data<float>()] }, CPU);
        var middle = images.Pixels().narrow(1, Down, 8).narrow(2, Across, 14).permute(0, 3, 1, 2);
        RecipeFixture.AssertClose(middle.sub(mean).div(tensor(new float[] { 2, 4, 8 }).view(1, 3, 1, 1)).Values(), source.Load(arange(8)), 1e-4);
    }

    private static ImageSet Images()
    {
        using var whole = RecipeFixture.Images(8, height: 12, width: 20);
        using var scope = NewDisposeScope();
        var images = ImageSets.Of(whole.Pixels(), whole.Labels);
        return new(images.Index, images.Store) { Crop = Seen };
    }

    private static Tensor Make(ImageSet images, bool moves, CropPaddingMode padding = CropPaddingMode.Reflect, bool isIndexed = false)
    {
        var settings = RecipeFixture.Settings.With(recipe =>
        {
            (recipe.RandomCrop, recipe.RandomFlip) = (moves, moves);
            recipe.Augmentation = new() { CropPaddingFraction = 0.25, CropPaddingMode = padding, AlternatingFlip = false };
        });
        using var generator = new Generator(1);
        using var source = new BatchSource(images, Pixels, CPU);
        using var indexed = isIndexed ? new IndexedBatches(images, settings) : null;
        return new Augmenter(source, settings, 4, generator, indexed).Make(arange(8), 1).Images;
    }
}
