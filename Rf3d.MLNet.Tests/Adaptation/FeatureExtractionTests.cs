using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.MLNet.Tests.Training.Threads;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class FeatureExtractionTests
{
    private static readonly ChannelStatistics Statistics = new([120, 110, 100], [60, 50, 70]);

    private static readonly NetworkLayout Layout = NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new(3, 12, 16),
        Classes = 3,
        Stages = [Stage.Repeat(Block.Basic(8), 2), Stage.Repeat(Block.Basic(12, stride: 2), 1)],
        Head = new Head { HiddenLayers = [10], Dropout = 0.5 },
    });

    private static readonly WeightTable Weights = RandomWeights.Of(Layout);

    private static ImageSet Images()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        return ImageSets.Of(randint(0, 256, [11, 12, 16, 3], generator: generator).to(ScalarType.Byte), arange(11).remainder(3));
    }

    private static FeatureExtraction Extraction(int? batchSize = 4) => new(Layout, Weights, Statistics, CPU) { BatchSize = batchSize };

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.IsLessThan(1e-5, RandomWeights.Difference(expected.data<float>().ToArray(), actual.data<float>().ToArray()));

    [TestMethod]
    public void The_last_layer_on_features_gives_what_the_network_says()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var images = Images();
        var features = Extraction().Run(new(images, arange(11)), mirror: true, default);
        using var generator = new Generator(1);
        using var network = new TorchNetwork(Layout, generator);
        network.Import(Weights);
        network.eval();
        using var batches = new BatchSource(images, Statistics, CPU);
        var batch = batches.Load(arange(11));
        var (weight, bias) = (Weights["head.classifier.weight"], Weights["head.classifier.bias"]);
        AssertClose(network.call(batch), Logits(features.Features));
        AssertClose(network.call(batch.flip(3)), Logits(features.Mirrored!));
        CollectionAssert.AreEqual(new long[] { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1 }, features.Labels);

        Tensor Logits(Tensor values) => nn.functional.linear(values, tensor(weight.Values).view(weight.Shape), tensor(bias.Values));
    }

    [TestMethod]
    public void Features_have_the_order_of_the_subset_also_from_a_file()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        using var cached = ImageSets.Cached(images);
        var all = Extraction().Run(new(images, arange(11)), mirror: false, default);
        var rows = tensor(new long[] { 9, 2, 10, 0, 7 });
        var some = Extraction(batchSize: null).Run(new(cached, rows), mirror: false, default);
        AssertClose(all.Features.index_select(0, rows), some.Features);
        CollectionAssert.AreEqual(new long[] { 0, 2, 1, 0, 1 }, some.Labels);
        Assert.IsNull(some.Mirrored);
    }

    [TestMethod]
    public void The_last_layers_weights_are_not_needed()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        var body = new WeightTable();
        foreach (var name in Weights.Names.Where(name => !name.StartsWith("head.classifier", StringComparison.Ordinal)))
            body[name] = Weights[name];
        var expected = Extraction().Run(new(images, arange(3)), mirror: false, default);
        var actual = new FeatureExtraction(Layout, body, Statistics, CPU).Run(new(images, arange(3)), mirror: false, default);
        AssertClose(expected.Features, actual.Features);
    }

    [TestMethod]
    public void It_says_how_far_it_is_and_ends_when_it_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        using var cancellation = new CancellationTokenSource();
        List<long> done = [];
        var extraction = new FeatureExtraction(Layout, Weights, Statistics, CPU)
        {
            BatchSize = 4,
            Report = count =>
            {
                done.Add(count);
                if (count == 8)
                    cancellation.Cancel();
            },
        };
        Assert.ThrowsExactly<OperationCanceledException>(() => extraction.Run(new(images, arange(11)), mirror: true, cancellation.Token));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, done);
    }

    [TestMethod]
    public void It_leaves_no_tensors_behind()
    {
        using var images = Images();
        using var indices = arange(11);
        // TorchSharp counts a tensor that became a parameter twice, and the store keeps its room for a batch; but there are no more of more batches.
        Left(11);
        Assert.AreEqual(Left(11), Left(2));

        long Left(int size)
        {
            using var scope = NewDisposeScope();
            var before = LiveTensors.Count();
            using (NewDisposeScope())
                Extraction(size).Run(new(images, indices), mirror: true, default);
            return LiveTensors.Count() - before;
        }
    }
}
