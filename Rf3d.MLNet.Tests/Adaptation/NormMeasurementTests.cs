using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class NormMeasurementTests
{
    private const string First = "stage1.block1.layer1", Second = "stage1.block2.layer1";

    private static readonly ChannelStatistics Pixels = new([127, 127, 127], [70, 70, 70]);

    private static readonly NetworkLayout Layout = NetworkLayout.Of(new ConvNet { Input = new(3, 8, 8), Classes = 4, Stages = [Stage.Repeat(Block.Convolution(4), 2)] });

    [TestMethod]
    public void They_are_the_mean_and_the_variance_of_the_output_of_the_kernel_over_all_batches()
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(70);
        using var batches = new BatchSource(images, Pixels, CPU);
        var weights = RandomWeights.Of(Layout);
        var mean = weights[First + WeightTable.NormMean].Values;
        var settled = Settled(weights, new(images, arange(70)), [First]);
        var kernel = weights[First + WeightTable.Weight];
        // [channels, values]
        var values = nn.functional.conv2d(batches.Load(arange(70)), tensor(kernel.Values).reshape(kernel.Shape), padding: [1, 1]).permute(1, 0, 2, 3).flatten(1);
        RecipeFixture.AssertClose(values.mean([1]).Values(), settled[First + WeightTable.NormMean].Values);
        RecipeFixture.AssertClose(values.var(1, unbiased: false).Values(), settled[First + WeightTable.NormVariance].Values, 1e-4);
        // The others, and the table that was given, stay as they are.
        CollectionAssert.AreEqual(weights[Second + WeightTable.NormMean].Values, settled[Second + WeightTable.NormMean].Values);
        CollectionAssert.AreEqual(mean, weights[First + WeightTable.NormMean].Values);
    }

    [TestMethod]
    public void Images_are_announced_and_read_from_front_to_back()
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(70);
        using var streamed = new ImageSet(images.Index, new AnnouncedStore(images.Store));
        var weights = RandomWeights.Of(Layout);
        var expected = Settled(weights, new(images, arange(70)), [First, Second]);
        var settled = Settled(weights, new(streamed, arange(70).flip(0)), [First, Second]);
        foreach (var name in expected.Names)
            RecipeFixture.AssertClose(expected[name].Values, settled[name].Values);
    }

    [TestMethod]
    public void Batches_leave_no_tensors_behind()
    {
        // TorchSharp counts a tensor that became a parameter twice, so that some are left of any network; but no more of more batches.
        Assert.AreEqual(Left(10), Left(200));

        static long Left(int count)
        {
            using var scope = NewDisposeScope();
            using var images = RecipeFixture.Images(count);
            var (weights, all) = (RandomWeights.Of(Layout), new ImageSubset(images, arange(count)));
            // The store keeps the memory of a batch.
            Settled(weights, all, [First, Second]);
            var before = LiveTensors.Count();
            Settled(weights, all, [First, Second]);
            return LiveTensors.Count() - before;
        }
    }

    [TestMethod]
    public void It_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(8);
        Assert.Throws<OperationCanceledException>(() => Settled(RandomWeights.Of(Layout), new(images, arange(8)), [First], new CancellationToken(canceled: true)));
    }

    private static WeightTable Settled(WeightTable weights, ImageSubset images, string[] layers, CancellationToken cancellation = default)
    {
        using var batches = new BatchSource(images.Set, Pixels, CPU);
        return new NormMeasurement(Layout, images, batches, RecipeFixture.Settings).Settled(weights, layers, cancellation);
    }

    /// <summary>Gives announced images only, in their order, as a stream does.</summary>
    private sealed class AnnouncedStore(ImageStore source) : ImageStore
    {
        private Queue<long> _announced = new();

        public override void Prefetch(ImageRequest request, CancellationToken cancellation)
        {
            Assert.IsNull(request.Pass);
            CollectionAssert.AreEqual(request.Rows.Order().ToList(), request.Rows);
            _announced = new(request.Rows);
        }

        public override Tensor Fetch(Tensor rows)
        {
            foreach (var row in rows.data<long>().ToArray())
                Assert.AreEqual(_announced.Dequeue(), row);
            return source.Fetch(rows);
        }

        public override void Dispose()
        {
        }
    }
}
