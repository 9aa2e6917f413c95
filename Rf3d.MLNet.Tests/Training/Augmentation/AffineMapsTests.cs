using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training.Augmentation;

/// <summary>Geometry on images whose result is known.</summary>
[TestClass]
public class AffineMapsTests
{
    private static Tensor Images(int height, int width)
    {
        using var generator = new Generator(5);
        return randint(0, 256, [2, height, width, 3], ScalarType.Float32, generator: generator);
    }

    private static Tensor Both(double figure) => full([2], figure);

    [TestMethod]
    public void No_angle_no_shear_and_no_shift_leave_the_image()
    {
        using var scope = NewDisposeScope();
        var images = Images(6, 9);
        var maps = AffineMaps.Rotation(Both(0), 6, 9).bmm(AffineMaps.Shear(Both(0), Both(0), 6, 9)).bmm(AffineMaps.Shift(Both(0), Both(0)))
            .bmm(AffineMaps.Part(Both(1), Both(1), Both(0), Both(0)));
        RecipeFixture.AssertClose(images.Values(), AffineMaps.Resample(images, maps), 1e-3);
    }

    // Transposed and then upside down: a quarter turn anticlockwise.
    [TestMethod]
    public void A_turn_by_90_degrees_is_the_transpose_upside_down()
    {
        using var scope = NewDisposeScope();
        var images = Images(8, 8);
        RecipeFixture.AssertClose(images.transpose(1, 2).flip(1).Values(), AffineMaps.Resample(images, AffineMaps.Rotation(Both(Math.PI / 2), 8, 8)), 1e-2);
    }

    [TestMethod]
    public void A_turn_by_180_degrees_is_both_mirrors_in_any_shape()
    {
        using var scope = NewDisposeScope();
        var images = Images(6, 11);
        RecipeFixture.AssertClose(images.flip(1, 2).Values(), AffineMaps.Resample(images, AffineMaps.Rotation(Both(Math.PI), 6, 11)), 1e-2);
    }

    // A square turned by 45 degrees stays as high as it is wide also where the image is not square.
    [TestMethod]
    public void A_turn_keeps_shapes_in_images_that_are_not_square()
    {
        using var scope = NewDisposeScope();
        var images = zeros(2, 20, 40, 3);
        images.narrow(1, 6, 8).narrow(2, 16, 8).fill_(255);
        // The columns in the middle: further out the mirrored border shows the square again.
        var turned = AffineMaps.Resample(images, AffineMaps.Rotation(Both(Math.PI / 4), 20, 40)).select(0, 0).select(2, 0).narrow(1, 10, 20);
        var (rows, columns) = (turned.amax([1]).gt(64).sum().item<long>(), turned.amax([0]).gt(64).sum().item<long>());
        Assert.AreEqual(rows, columns);
        Assert.IsInRange(9L, 12L, rows);
    }

    [TestMethod]
    public void A_shift_moves_by_shares_of_the_size()
    {
        using var scope = NewDisposeScope();
        var images = Images(6, 10);
        var moved = AffineMaps.Resample(images, AffineMaps.Shift(Both(0.2), Both(0.5)));
        RecipeFixture.AssertClose(images.narrow(1, 3, 3).narrow(2, 2, 8).Values(), moved.narrow(1, 0, 3).narrow(2, 0, 8), 1e-2);
        // Mirrored at the border.
        RecipeFixture.AssertClose(images.narrow(1, 3, 3).narrow(2, 8, 2).flip(2).Values(), moved.narrow(1, 0, 3).narrow(2, 8, 2), 1e-2);
    }

    // One pixel sideways for each pixel down; the middle of 5 rows stays.
    [TestMethod]
    public void A_shear_moves_rows_by_their_distance_from_the_middle()
    {
        using var scope = NewDisposeScope();
        var images = Images(5, 9);
        var sheared = AffineMaps.Resample(images, AffineMaps.Shear(Both(1), Both(0), 5, 9));
        for (var row = 0; row < 5; row++)
            RecipeFixture.AssertClose(images.select(1, row).narrow(1, row, 5).Values(), sheared.select(1, row).narrow(1, 2, 5), 1e-2);
    }

    [TestMethod]
    public void A_part_is_stretched_to_the_full_size()
    {
        using var scope = NewDisposeScope();
        // Colour that rises with the column: a part of it rises more slowly.
        var images = arange(16, ScalarType.Float32).view(1, 1, 16, 1).expand(2, 4, 16, 3).contiguous();
        var part = AffineMaps.Resample(images, AffineMaps.Part(Both(0.5), Both(1), Both(0.5), Both(0)));
        // Columns 8 to 16, whose outermost samples lie a quarter of a pixel within.
        var expected = Enumerable.Range(0, 16).Select(column => Math.Min(15f, 7.75f + (column / 2f))).ToArray();
        RecipeFixture.AssertClose(expected, part.select(0, 0).select(0, 1).select(1, 0), 0.3);
        RecipeFixture.AssertClose(expected[..14], part.select(0, 0).select(0, 1).select(1, 0).narrow(0, 0, 14), 1e-2);
    }
}
