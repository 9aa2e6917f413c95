using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Torch;
using TorchSharp;
using static Rf3d.MLNet.Tests.Adaptation.SmallFeatures;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class OnnxFeatureExtractionTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_gives_the_features_that_TorchSharp_gives_by_any_number_of_threads(bool hasMeanImage)
    {
        using var scope = NewDisposeScope();
        using var images = Noise(18, 22);
        using var cached = ImageSets.Cached(images);
        var statistics = Statistics with { MeanImage = hasMeanImage ? [.. Enumerable.Range(0, 3 * 12 * 16).Select(i => i % 200f)] : null };
        var rows = tensor(new long[] { 9, 2, 10, 0, 7, 4, 3 });
        var expected = new FeatureExtraction(Layout, Weights, statistics, CPU).Run(new(images, rows), mirror: true, _ => { }, default);
        foreach (var (set, threads) in new[] { (images, 1), (cached, 3) })
        {
            using var extraction = new OnnxFeatureExtraction(Layout, Weights, statistics) { Threads = threads };
            var actual = extraction.Run(new(set, rows), mirror: true, _ => { }, default);
            AssertClose(expected.Features, actual.Features);
            AssertClose(expected.Mirrored!, actual.Mirrored!);
            CollectionAssert.AreEqual(expected.Labels, actual.Labels);
            Assert.IsNull(extraction.Run(new(set, rows), mirror: false, _ => { }, default).Mirrored);
        }
    }

    [TestMethod]
    public void It_says_how_far_it_is_and_ends_when_it_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = Noise();
        using var cancellation = new CancellationTokenSource();
        List<long> done = [];
        using var extraction = Extraction();
        extraction.Run(new(images, arange(11)), mirror: false, done.Add, default);
        CollectionAssert.AreEqual(new long[] { 4, 8, 11 }, done);
        Assert.AreEqual(done.Count, extraction.BatchesOf(11));

        Assert.ThrowsExactly<OperationCanceledException>(() => extraction.Run(new(images, arange(11)), mirror: true, _ => cancellation.Cancel(), cancellation.Token));
    }

    [TestMethod]
    public void It_leaves_no_tensors_behind()
    {
        using var images = Noise();
        using var indices = arange(11);
        using var extraction = Extraction();
        Run();
        var before = LiveTensors.Count();
        Run();
        Assert.AreEqual(before, LiveTensors.Count());

        void Run()
        {
            using var scope = NewDisposeScope();
            extraction.Run(new(images, indices), mirror: true, _ => { }, default);
        }
    }

    private static OnnxFeatureExtraction Extraction() => new(Layout, Weights, Statistics) { Threads = 2 };
}
