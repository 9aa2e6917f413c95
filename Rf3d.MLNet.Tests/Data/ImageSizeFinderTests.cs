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
