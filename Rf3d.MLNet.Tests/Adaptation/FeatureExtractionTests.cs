using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static Rf3d.MLNet.Tests.Adaptation.SmallFeatures;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class FeatureExtractionTests
{
    private static FeatureExtraction Extraction(int? batchSize = 4) => new(Layout, Weights, Statistics, CPU) { BatchSize = batchSize };

    [TestMethod]
    public void The_last_layer_on_features_gives_the_logits_of_the_network()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var images = Noise();
        var features = Extraction().Run(new(images, arange(11)), mirror: true, _ => { }, default);
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
        using var images = Noise();
        using var cached = ImageSets.Cached(images);
        var all = Extraction().Run(new(images, arange(11)), mirror: false, _ => { }, default);
        var rows = tensor(new long[] { 9, 2, 10, 0, 7 });
        var some = Extraction(batchSize: null).Run(new(cached, rows), mirror: false, _ => { }, default);
        AssertClose(all.Features.index_select(0, rows), some.Features);
        CollectionAssert.AreEqual(new long[] { 0, 2, 1, 0, 1 }, some.Labels);
        Assert.IsNull(some.Mirrored);
    }

    [TestMethod]
    public void The_last_layers_weights_are_not_needed()
    {
        using var scope = NewDisposeScope();
        using var images = Noise();
        var body = new WeightTable();
        foreach (var name in Weights.Names.Where(name => !name.StartsWith("head.classifier", StringComparison.Ordinal)))
            body[name] = Weights[name];
        var expected = Extraction().Run(new(images, arange(3)), mirror: false, _ => { }, default);
        var actual = new FeatureExtraction(Layout, body, Statistics, CPU).Run(new(images, arange(3)), mirror: false, _ => { }, default);
        AssertClose(expected.Features, actual.Features);
    }

    [TestMethod]
    public void It_says_how_far_it_is_and_ends_when_it_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = Noise();
        using var cancellation = new CancellationTokenSource();
        List<long> done = [];
        Assert.ThrowsExactly<OperationCanceledException>(() => Extraction().Run(new(images, arange(11)), mirror: true, Report, cancellation.Token));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, done);

        void Report(long count)
        {
            done.Add(count);
            if (count == 8)
                cancellation.Cancel();
        }
    }

    [TestMethod]
    public void It_leaves_no_tensors_behind()
    {
        using var images = Noise();
        using var indices = arange(11);
        // TorchSharp counts a tensor that became a parameter twice, and the store keeps its room for a batch; but there are no more of more batches.
        Left(11);
        Assert.AreEqual(Left(11), Left(2));

        long Left(int size)
        {
            using var scope = NewDisposeScope();
            var before = LiveTensors.Count();
            using (NewDisposeScope())
                Extraction(size).Run(new(images, indices), mirror: true, _ => { }, default);
            return LiveTensors.Count() - before;
        }
    }
}
