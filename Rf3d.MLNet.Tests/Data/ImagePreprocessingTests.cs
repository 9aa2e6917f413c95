using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Scoring;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Data;

[TestClass]
public sealed class ImagePreprocessingTests
{
    private static readonly ImagePreprocessing Preprocessing = new() { ImageColumnName = "Image", Height = 2, Width = 3 };

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32, 0, 2)]
    [DataRow(MLPixelFormat.Bgra32, 2, 0)]
    public void Pixels_are_planes_of_red_green_and_blue_from_0_to_255(MLPixelFormat format, int red, int blue)
    {
        var bytes = Enumerable.Range(0, 24).Select(i => (byte)(i % 4 == 3 ? 255 : i * 10)).ToArray();

        var pixels = Pixels(MLImage.CreateFromPixels(3, 2, format, bytes));

        for (var i = 0; i < 6; i++)
        {
            Assert.AreEqual(bytes[(i * 4) + red], pixels[i]);
            Assert.AreEqual(bytes[(i * 4) + 1], pixels[6 + i]);
            Assert.AreEqual(bytes[(i * 4) + blue], pixels[12 + i]);
        }
    }

    [TestMethod]
    [DataRow(ImageResizingEstimator.ResizingKind.Fill)]
    [DataRow(ImageResizingEstimator.ResizingKind.IsoCrop)]
    [DataRow(ImageResizingEstimator.ResizingKind.IsoPad)]
    public void Images_of_another_size_are_resized(ImageResizingEstimator.ResizingKind resizing)
    {
        var pixels = Pixels(Image(255, 255, 255, 20, 20), Preprocessing with { Resizing = resizing });

        Assert.HasCount(18, pixels);
        // A square in a 3 by 2 frame leaves columns empty only if it must be seen whole.
        Assert.AreEqual(resizing == ImageResizingEstimator.ResizingKind.IsoPad, pixels.Contains(0f));
    }

    [TestMethod]
    public void The_pixels_of_images_in_memory_can_be_read_again_and_again()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto { Image = Image(1, 2, 3, 2, 3) }, new UnlabeledPhoto { Image = Image(4, 5, 6, 2, 3) } });
        var pixels = Preprocessing.Apply(_ml.Transforms, data);

        for (var pass = 0; pass < 3; pass++)
            CollectionAssert.AreEqual(new[] { 1f, 4f }, pixels.GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Select(p => p[0]).ToArray());
    }

    [TestMethod]
    public void Protected_images_of_the_target_size_are_copies_and_others_are_not()
    {
        var (right, other) = (Image(1, 2, 3, 2, 3), Image(1, 2, 3, 5, 5));
        var data = Preprocessing.Protection.Protect(
            _ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto { Image = right }, new UnlabeledPhoto { Image = other } }));

        var images = data.GetColumn<MLImage?>("Image").ToArray();

        Assert.AreNotSame(right, images[0]);
        Assert.IsTrue(right.Pixels.SequenceEqual(images[0]!.Pixels));
        Assert.AreSame(other, images[1]);
    }

    private float[] Pixels(MLImage image, ImagePreprocessing? preprocessing = null)
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto { Image = image } });
        return (preprocessing ?? Preprocessing).Apply(_ml.Transforms, data).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Single();
    }
}
