using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Data;

[TestClass]
public class ImageSizeFinderTests
{
    [TestMethod]
    public void Small_images_of_one_size_keep_it() => Assert.AreEqual(new Size2D(36, 64), ImageSizeFinder.Choose([new(36, 64), new(36, 64)]));

    [TestMethod]
    public void One_image_of_another_size_does_not_change_the_chosen_size() =>
        Assert.AreEqual(new Size2D(32, 32), ImageSizeFinder.Choose([.. Enumerable.Repeat(new Size2D(32, 32), 99), new(500, 500)]));

    [TestMethod]
    [DataRow(375, 500, 224)]
    [DataRow(100, 90, 96)]
    [DataRow(20, 300, 32)]
    public void Other_images_get_a_square_near_their_shorter_side(int height, int width, int square) =>
        Assert.AreEqual(new Size2D(square, square), ImageSizeFinder.Choose([new(height, width)]));

    [TestMethod]
    [DataRow(0, 40)]
    [DataRow(3, 200)]
    public void Fewer_images_are_looked_at_where_nearly_all_ask_for_one_size(int every, int expected)
    {
        var read = 0;
        var rows = Enumerable.Range(0, 300).Select(i =>
        {
            read++;
            var height = every > 0 && i % every == 0 ? 100 : 240;
            return new Row { Image = MLImage.CreateFromPixels(300, height, MLPixelFormat.Rgba32, new byte[4 * 300 * height]) };
        });
        var data = new MLContext(1).Data.LoadFromEnumerable(rows);
        Assert.AreEqual(new Size2D(224, 224), ImageSizeFinder.FromData(null, data, data.Schema["Image"], default));
        Assert.AreEqual(expected, read);
    }

    private sealed class Row
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
