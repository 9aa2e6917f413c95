using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

[TestClass]
public class PretrainedSizeTests
{
    [TestMethod]
    [DataRow(32, 32, 128, 128)]
    [DataRow(28, 56, 128, 256)]
    [DataRow(36, 64, 128, 224)]
    [DataRow(64, 64, 128, 128)]
    [DataRow(144, 144, 160, 160)]
    [DataRow(224, 224, 224, 224)]
    [DataRow(1000, 1000, 224, 224)]
    // Long images have about as many pixels as the largest square.
    [DataRow(160, 304, 160, 320)]
    [DataRow(304, 160, 320, 160)]
    [DataRow(32, 128, 96, 384)]
    [DataRow(16, 224, 64, 896)]
    public void Small_images_are_enlarged_to_where_the_network_knows_them(int height, int width, int seenHeight, int seenWidth) =>
        Assert.AreEqual(new Size2D(seenHeight, seenWidth), PretrainedSize.Of(new(height, width), PretrainedInput.ImageNet()));

    [TestMethod]
    [DataRow(32, 32, 32)]
    [DataRow(32, 48, 64)]
    [DataRow(64, 128, 128)]
    public void Images_are_not_enlarged_beyond_those_that_the_network_learned_from(int learned, int found, int seen) =>
        Assert.AreEqual(new Size2D(seen, seen), PretrainedSize.Of(new(found, found), PretrainedInput.ImageNet(learned, learned)));
}
