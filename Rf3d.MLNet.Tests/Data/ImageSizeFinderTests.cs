using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Data;

[TestClass]
public class ImageSizeFinderTests
{
    [TestMethod]
    public void Small_images_of_one_size_keep_it() => Assert.AreEqual(new Size2D(36, 64), ImageSizeFinder.Choose([new(36, 64), new(36, 64)]));

    [TestMethod]
    public void One_image_of_another_size_does_not_change_what_most_are() =>
        Assert.AreEqual(new Size2D(32, 32), ImageSizeFinder.Choose([.. Enumerable.Repeat(new Size2D(32, 32), 99), new(500, 500)]));

    [TestMethod]
    [DataRow(375, 500, 224)]
    [DataRow(100, 90, 96)]
    [DataRow(20, 300, 32)]
    public void Other_images_get_a_square_near_their_shorter_side(int height, int width, int square) =>
        Assert.AreEqual(new Size2D(square, square), ImageSizeFinder.Choose([new(height, width)]));
}
