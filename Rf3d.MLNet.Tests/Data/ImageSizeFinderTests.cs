using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Estimator;
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
    [DataRow(360, 719, 224)]
    [DataRow(64, 90, 64)]
    [DataRow(65, 90, 80)]
    public void Other_images_get_a_square_near_their_shorter_side(int height, int width, int square) =>
        Assert.AreEqual(new Size2D(square, square), ImageSizeFinder.Choose([new(height, width)]));

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
        Assert.AreEqual(new Size2D(chosenHeight, chosenWidth), ImageSizeFinder.Choose([new(height, width)]));
        // Up to a tenth of them may be of another shape.
        Assert.AreEqual(new Size2D(chosenHeight, chosenWidth), ImageSizeFinder.Choose([.. Enumerable.Repeat(new Size2D(height, width), 9), new(width, height)]));
        var square = ImageSizeFinder.Choose([.. Enumerable.Repeat(new Size2D(height, width), 8), new(width, height), new(width, height)]);
        Assert.AreEqual(square.Height, square.Width);
    }

    [TestMethod]
    public void Lines_of_mixed_lengths_get_a_square()
    {
        var size = ImageSizeFinder.Choose([.. Enumerable.Range(2, 10).Select(length => new Size2D(32, 32 * length))]);
        Assert.AreEqual(new Size2D(32, 32), size);
    }

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

    [TestMethod]
    public void Images_of_files_are_disposed_and_those_of_the_user_are_not()
    {
        using var folder = new TempFolder();
        for (byte i = 0; i < 4; i++)
            ImageFolderFixture.Image(folder[i % 2 == 0 ? "a" : "b", FormattableString.Invariant($"{i}.png")], i);
        var mlContext = new MLContext(1);
        foreach (var image in Read(mlContext.Data.LoadImageFolder(folder.Path), 4))
            Assert.Throws<InvalidOperationException>(() => image.Width);
        foreach (var image in Read(SmallTask.FromMemory(mlContext, ("a", [1, 2, 3], 16, 24), ("b", [4, 5, 6], 16, 24)), 2))
            Assert.AreEqual(24, image.Width);

        static List<MLImage> Read(IDataView data, int count)
        {
            List<MLImage> images = [];
            var view = new WatchedView(data, _ => { }) { OnHandedOut = images.Add };
            Assert.AreEqual(new Size2D(16, 24), ImageSizeFinder.FromData(null, view, view.Schema["Image"], default));
            Assert.HasCount(count, images);
            return images;
        }
    }

    private sealed class Row
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
