using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>Feature maps are freed as soon as the next one is there, unless a backward pass needs them.</summary>
[TestClass]
public class PassingFeatureMapsTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_pass_through_a_deep_network_leaves_no_more_tensors_than_one_through_a_flat_one(bool hasGradient)
    {
        Assert.AreEqual(Left(Block.Bottleneck(4), 1), Left(Block.Bottleneck(4), 8));
        Assert.AreEqual(Left(Block.DepthwiseGrouped(4, 2), 1), Left(Block.DepthwiseGrouped(4, 2), 8));

        long Left(Block block, int depth)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(1);
            using var network = new TorchNetwork(Layout(block, depth), generator);
            var images = randn([2, 3, 8, 8], generator: generator);
            using var mode = set_grad_enabled(hasGradient);
            var before = LiveTensors.Count();
            var logits = network.call(images);
            var left = LiveTensors.Count() - before;
            Assert.AreEqual(2, logits.shape[0]);
            Assert.AreEqual(2 * 3 * 64, images.NumberOfElements, "The input is the caller's.");
            return left;
        }
    }

    private static NetworkLayout Layout(Block block, int depth) => NetworkLayout.Of(new ConvNet
    {
        Name = "deep",
        Input = new TensorShape(3, 8, 8),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(4), 1, new MaxPool(2, 2)), Stage.Repeat(block, depth)],
    });
}
