using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Data;

/// <summary>The requested storage precedes the one that there is room for, and the order that a checkpoint was begun in.</summary>
[TestClass]
public class StorageChoiceTests
{
    [TestMethod]
    [DataRow(ImageStorage.Auto, null, null, ImageStorage.Memory)]
    [DataRow(ImageStorage.Auto, null, true, ImageStorage.Stream)]
    [DataRow(ImageStorage.Auto, "folder", null, ImageStorage.Cache)]
    [DataRow(ImageStorage.Memory, "folder", null, ImageStorage.Memory)]
    [DataRow(ImageStorage.Memory, null, true, ImageStorage.Memory)]
    [DataRow(ImageStorage.Cache, null, null, ImageStorage.Cache)]
    [DataRow(ImageStorage.Cache, null, true, ImageStorage.Cache)]
    [DataRow(ImageStorage.Stream, null, null, ImageStorage.Stream)]
    [DataRow(ImageStorage.Stream, "folder", false, ImageStorage.Stream)]
    public void The_choice_is(ImageStorage asked, string? folder, bool? wasStream, ImageStorage expected)
    {
        var options = new TrainerOptions { ImageStorage = asked, ImageCacheDirectory = folder };
        Assert.AreEqual(expected, ImageStorageChoice.Of(options.ForReaders(), 10, 100, memory: 1000, drive: 1000, streamObstacle: null, wasStream).Storage);
    }

    [TestMethod]
    public void Readers_get_all_that_is_theirs()
    {
        var options = new TrainerOptions { ImageStorage = ImageStorage.Cache, MaxImageMemory = 5, ImageCacheDirectory = "folder", Deterministic = true, BalancedSampling = true };
        Assert.AreEqual(new ImageReadingOptions(ImageStorage.Cache, 5, "folder", true, true), options.ForReaders());
    }
}
