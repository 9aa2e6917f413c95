using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class OnnxFeatureExtractionTests
{
    private static readonly NetworkLayout Layout = NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new(3, 12, 16),
        Classes = 3,
        Stages = [Stage.Repeat(Block.Basic(8), 2), Stage.Repeat(Block.Basic(12, stride: 2), 1)],
        Head = new Head { HiddenLayers = [10], Dropout = 0.5 },
    });

    private static readonly WeightTable Weights = RandomWeights.Of(Layout);

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_gives_the_features_that_TorchSharp_gives_by_any_number_of_threads(bool hasMeanImage)
    {
        using var scope = NewDisposeScope();
        using var images = Images(new(18, 22));
        using var cached = ImageSets.Cached(images);
        var statistics = new ChannelStatistics([120, 110, 100], [60, 50, 70]) { MeanImage = hasMeanImage ? [.. Enumerable.Range(0, 3 * 12 * 16).Select(i => i % 200f)] : null };
        var rows = tensor(new long[] { 9, 2, 10, 0, 7, 4, 3 });
        var expected = new FeatureExtraction(Layout, Weights, statistics, CPU).Run(new(images, rows), mirror: true, default);
        foreach (var (set, threads) in new[] { (images, 1), (cached, 3) })
        {
            using var extraction = new OnnxFeatureExtraction(Layout, Weights, statistics) { Threads = threads };
            var actual = extraction.Run(new(set, rows), mirror: true, default);
            AssertClose(expected.Features, actual.Features);
            AssertClose(expected.Mirrored!, actual.Mirrored!);
            CollectionAssert.AreEqual(expected.Labels, actual.Labels);
            Assert.IsNull(extraction.Run(new(set, rows), mirror: false, default).Mirrored);
        }
    }

    [TestMethod]
    public void It_says_how_far_it_is_and_ends_when_it_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = Images(new(12, 16));
        using var cancellation = new CancellationTokenSource();
        List<long> done = [];
        using var extraction = Extraction();
        extraction.Report = done.Add;
        extraction.Run(new(images, arange(11)), mirror: false, default);
        CollectionAssert.AreEqual(new long[] { 4, 8, 11 }, done);
        Assert.AreEqual(done.Count, extraction.BatchesOf(11));

        extraction.Report = _ => cancellation.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => extraction.Run(new(images, arange(11)), mirror: true, cancellation.Token));
    }

    [TestMethod]
    public void It_leaves_no_tensors_behind()
    {
        using var images = Images(new(12, 16));
        using var indices = arange(11);
        using var extraction = Extraction();
        Run();
        var before = LiveTensors.Count();
        Run();
        Assert.AreEqual(before, LiveTensors.Count());

        void Run()
        {
            using var scope = NewDisposeScope();
            extraction.Run(new(images, indices), mirror: true, default);
        }
    }

    private static OnnxFeatureExtraction Extraction() => new(Layout, Weights, new([120, 110, 100], [60, 50, 70])) { Threads = 2 };

    /// <summary>Of which the network sees the middle.</summary>
    private static ImageSet Images(Size2D size)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        return ImageSets.Of(randint(0, 256, [11, size.Height, size.Width, 3], generator: generator).to(ScalarType.Byte), arange(11).remainder(3), new(12, 16));
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.IsLessThan(1e-5, RandomWeights.Difference(expected.data<float>().ToArray(), actual.data<float>().ToArray()));
}
