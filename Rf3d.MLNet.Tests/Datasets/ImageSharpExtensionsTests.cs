using Microsoft.ML.Data;
using Rf3d.Datasets;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class ImageSharpExtensionsTests
{
    [TestMethod]
    public void Pixels_are_the_same_there_and_back()
    {
        using var image = new Image<Rgb24>(5, 3);
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 5; x++)
                image[x, y] = new((byte)(10 * x), (byte)(100 * y), (byte)(x + y));
        }
        using var there = image.ToMLImage();
        Assert.AreEqual((5, 3, MLPixelFormat.Bgra32), (there.Width, there.Height, there.PixelFormat));
        CollectionAssert.AreEqual(new byte[] { 3, 100, 20, 255 }, there.Pixels.Slice(4 * ((1 * 5) + 2), 4).ToArray());
        using var back = there.ToImageSharp();
        using var rgba = MLImage.CreateFromPixels(5, 3, MLPixelFormat.Rgba32, there.Pixels.ToArray().Chunk(4).SelectMany(pixel => new[] { pixel[2], pixel[1], pixel[0], pixel[3] }).ToArray());
        using var other = rgba.ToImageSharp();
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 5; x++)
            {
                Assert.AreEqual(image[x, y], back[x, y]);
                Assert.AreEqual(image[x, y], other[x, y]);
            }
        }
    }
}
