namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>A file of weights is read once while it stays as it is.</summary>
[TestClass]
public class PretrainedCacheTests
{
    private static readonly string Fixture = Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth");

    [TestMethod]
    public void A_file_is_read_again_only_when_it_or_its_config_has_changed()
    {
        using var folder = new TempFolder();
        var path = folder.New("weights.pth");
        File.Copy(Fixture, path);
        var first = PretrainedReader.Open(path);
        Assert.AreSame(first, PretrainedReader.Open(Path.Combine(Path.GetDirectoryName(path)!, ".", "weights.pth")));

        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
        var second = PretrainedReader.Open(path);
        Assert.AreNotSame(first, second);
        Assert.AreSame(second, PretrainedReader.Open(path));

        // timm's description of the images.
        File.WriteAllText(folder["config.json"], "{}");
        Assert.AreNotSame(second, PretrainedReader.Open(path));
    }

    [TestMethod]
    public void A_file_that_changes_while_it_is_read_is_read_again()
    {
        using var folder = new TempFolder();
        var path = folder.New("weights.pth");
        File.Copy(Fixture, path);
        var (cache, network, reads) = (new PretrainedCache<PretrainedNetwork>(), PretrainedReader.Open(path), 0);
        for (var i = 0; i < 3; i++)
        {
            Assert.AreSame(network, cache.Get(path, null, () =>
            {
                if (++reads == 1)
                    File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
                return network;
            }));
        }
        Assert.AreEqual(2, reads);
    }
}
