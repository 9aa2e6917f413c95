using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Data;

[TestClass]
public class ImageSizeChoiceTests
{
    [TestMethod]
    public void Small_images_of_one_size_keep_it() => Assert.AreEqual(new Size2D(36, 64), ImageSizeChoice.Of([new(36, 64), new(36, 64)]));

    [TestMethod]
    public void One_image_of_another_size_does_not_change_the_chosen_size() =>
        Assert.AreEqual(new Size2D(32, 32), ImageSizeChoice.Of([.. Enumerable.Repeat(new Size2D(32, 32), 99), new(500, 500)]));

    [TestMethod]
    [DataRow(375, 500, 224)]
    [DataRow(100, 90, 96)]
    [DataRow(360, 719, 224)]
    [DataRow(64, 90, 64)]
    [DataRow(65, 90, 80)]
    public void Other_images_get_a_square_near_their_shorter_side(int height, int width, int square) =>
        Assert.AreEqual(new Size2D(square, square), ImageSizeChoice.Of([new(height, width)]));

    [TestMethod]
    // Lines of text, plates, spectrograms, screenshots of phones, receipts, slices of a panorama.
    [DataRow(32, 128, 32, 128)]
    [DataRow(64, 256, 32, 128)]
    [DataRow(48, 240, 32, 160)]
    [DataRow(110, 520, 96, 448)]
    [DataRow(128, 431, 112, 384)]
    [DataRow(2340, 1080, 320, 144)]
    // Larger than small images, whatever the rounding.
    [DataRow(70, 140, 80, 160)]
    [DataRow(128, 1024, 64, 512)]
    [DataRow(3000, 1000, 384, 128)]
    [DataRow(20, 300, 32, 256)]
    public void Long_images_of_one_shape_get_a_rectangle_of_this_shape(int height, int width, int chosenHeight, int chosenWidth)
    {
        Assert.AreEqual(new Size2D(chosenHeight, chosenWidth), ImageSizeChoice.Of([new(height, width)]));
        // Up to a tenth of them may be of another shape.
        Assert.AreEqual(new Size2D(chosenHeight, chosenWidth), ImageSizeChoice.Of([.. Enumerable.Repeat(new Size2D(height, width), 9), new(width, height)]));
        var square = ImageSizeChoice.Of([.. Enumerable.Repeat(new Size2D(height, width), 8), new(width, height), new(width, height)]);
        Assert.AreEqual(square.Height, square.Width);
    }

    [TestMethod]
    public void Lines_of_mixed_lengths_get_a_square()
    {
        var size = ImageSizeChoice.Of([.. Enumerable.Range(2, 10).Select(length => new Size2D(32, 32 * length))]);
        Assert.AreEqual(new Size2D(32, 32), size);
    }
}
