using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary><see cref="OnnxNetwork"/> reads the files that <see cref="OnnxWriter"/> writes: the same network, with batch normalisation folded.</summary>
[TestClass]
public class OnnxNetworkRoundTripTests
{
    [TestMethod]
    public void Every_catalogued_network_comes_back_equal_up_to_folding_and_gets_the_same_plan()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            foreach (var (height, width) in new[] { (20, 28), (72, 65) })
            {
                var network = ConvNetFactory.Create(architecture, height, width, 3, 0.125);
                var read = OnnxNetwork.Read(Write(network));
                Assert.AreEqual(Folded(network).ToJson(), read.ToJson(), network.Name);
                Assert.AreEqual(Folded(network), read, network.Name);

                var (plan, ours) = (NetworkPlan.Create(read, new()), NetworkPlan.Create(network, new()));
                CollectionAssert.AreEqual(ours.Optimized.GetStageDepths().ToArray(), plan.Optimized.GetStageDepths().ToArray());
                Assert.AreEqual(ours.OptimizedField.TotalGain, plan.OptimizedField.TotalGain);
                Assert.AreEqual(ours.OptimizedCost.Macs, plan.OptimizedCost.Macs);
                Assert.AreEqual(Folded(ours.Optimized).GetCost().Parameters, plan.OptimizedCost.Parameters);
            }
        }
    }

    [TestMethod]
    public void Grouped_shuffled_and_rolling_blocks_come_back()
    {
        foreach (var (groups, overlap) in new[] { (2, 0.5), (4, 0.5), (3, 0.25), (3, 0.0), (2, 0.75), (12, 0.5) })
        {
            var network = new ConvNet
            {
                Name = "blocks",
                Input = new TensorShape(3, 21, 30),
                Classes = 4,
                Stem = new Stage { Blocks = [Block.Convolution(24, size: 5, stride: new Size2D(1, 2))], Pool = new AveragePool(3, 2, 1) },
                Stages =
                [
                    Stage.Repeat(Block.DepthwiseRolling(24, groups, overlap), 3),
                    Stage.Repeat(Block.DepthwiseGrouped(48, groups, stride: 2), 3),
                ],
                Head = new Head { HiddenLayers = [9] },
            };
            Assert.AreEqual(Folded(network).ToJson(), OnnxNetwork.Read(Write(network)).ToJson());
        }
    }

    [TestMethod]
    public void A_rolling_convolution_rolls_by_the_same_step_whatever_the_overlap()
    {
        for (var width = 2; width <= 12; width++)
        {
            for (var overlap = 0.0; overlap < 1; overlap += 0.07)
            {
                var layer = new RollingPointwiseConvolution { Filters = 8, Groups = 2, Overlap = overlap };
                var network = new ConvNet
                {
                    Input = new TensorShape(3, 6, 6),
                    Classes = 2,
                    Stages = [new Stage { Blocks = [Block.Convolution(width * 2), new Block { Layers = [layer] }] }],
                };
                var read = (RollingPointwiseConvolution)OnnxNetwork.Read(Write(network)).Stages[0].Blocks[0].Layers[0];
                Assert.AreEqual(RollingWindows.Of(layer, width * 2), RollingWindows.Of(read, width * 2));
            }
        }
    }

    [TestMethod]
    public void Both_forms_of_rolling_convolutions_come_back()
    {
        Block BlockOf(int filters, int groups, double overlap = 0.5) => new() { Layers = [new RollingPointwiseConvolution { Filters = filters, Groups = groups, Overlap = overlap }] };
        var network = new ConvNet
        {
            Name = "wide",
            Input = new TensorShape(3, 6, 5),
            Classes = 2,
            Stages = [new Stage { Blocks = [Block.Convolution(256, size: 1), BlockOf(512, 4), BlockOf(512, 2), BlockOf(1024, 8), BlockOf(60, 8), BlockOf(256, 4), BlockOf(256, 4, 0)] }],
        };
        // The pointwise convolution, of another kind than the layers after it, becomes the stem.
        var read = OnnxNetwork.Read(Write(network));
        CollectionAssert.AreEqual(Folded(network).Stages[0].Blocks.ToList(), read.Stem!.Blocks.Concat(read.Stages[0].Blocks).ToList());
    }

    [TestMethod]
    public void A_file_is_read_as_its_content_is()
    {
        using var folder = new TempFolder();
        var network = ConvNetFactory.Create(Architecture.ResNet18Slim, 32, 32, 4, 0.25);
        File.WriteAllBytes(folder["network.onnx"], Write(network));
        Assert.AreEqual(Folded(network), OnnxNetwork.Load(folder["network.onnx"]));
        using var stream = File.OpenRead(folder["network.onnx"]);
        Assert.AreEqual(Folded(network), OnnxNetwork.Read(stream));
    }

    internal static byte[] Write(ConvNet network)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        var layout = NetworkLayout.Of(network);
        using var module = new TorchNetwork(layout, generator);
        return OnnxWriter.Classifier(layout, module.Export(), new ChannelStatistics([120, 110, 100], [60, 61, 62]), []);
    }

    internal static ConvNet Folded(ConvNet network)
    {
        static Layer Fold(Layer layer) => layer is ConvLayer { BatchNorm: true } weighted ? weighted with { BatchNorm = false, Bias = true } : layer;
        static Stage FoldStage(Stage stage) => stage with { Blocks = [.. stage.Blocks.Select(FoldBlock)] };
        static Block FoldBlock(Block block) => block with { Layers = [.. block.Layers.Select(Fold)] };
        return network with
        {
            Stem = network.Stem is null ? null : FoldStage(network.Stem),
            Stages = [.. network.Stages.Select(FoldStage)],
            Head = network.Head! with { Dropout = 0 },
        };
    }
}
