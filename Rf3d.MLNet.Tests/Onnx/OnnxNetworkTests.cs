using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>Graphs as PyTorch and others export them.</summary>
[TestClass]
public class OnnxNetworkTests
{
    private static readonly TensorShape Small = new(3, 32, 32);

    [TestMethod]
    public void PyTorchs_ResNet_is_read_with_stem_shortcuts_and_projections()
    {
        var sketch = new OnnxSketch("batch", 3, 64, 96);
        var value = sketch.MaxPool(sketch.ConvNormRelu(sketch.Input, 3, 16, size: 7, stride: 2), size: 3, stride: 2, padding: 1);
        value = Basic(value, 16, 16, 1, sumsShortcutFirst: false);
        value = Basic(value, 16, 16, 1, sumsShortcutFirst: true);
        value = Basic(value, 16, 32, 2, sumsShortcutFirst: false);
        value = Basic(value, 32, 32, 1, sumsShortcutFirst: false);
        var network = sketch.Output(sketch.Classifier(value, 32, 10)).Read();

        Assert.AreEqual(
            new ConvNet
            {
                Name = "main_graph",
                Input = new TensorShape(3, 64, 96),
                Classes = 10,
                Stem = new Stage { Blocks = [Block.Convolution(16, size: 7, stride: 2)], Pool = new MaxPool(3, 2, 1) },
                Stages = [Stage.Repeat(Block.Basic(16), 2), Stage.Repeat(Block.Basic(32, stride: 2), 2)],
            },
            network);

        string Basic(string input, long channels, long filters, long stride, bool sumsShortcutFirst)
        {
            var output = sketch.Norm(sketch.Conv(sketch.ConvNormRelu(input, channels, filters, stride: stride), filters, filters), filters);
            var shortcut = stride == 1 ? input : sketch.Norm(sketch.Conv(input, channels, filters, 1, stride), filters);
            return sketch.Relu(sumsShortcutFirst ? sketch.Node("Sum", [shortcut, output]) : sketch.Node("Add", [output, shortcut]));
        }
    }

    [TestMethod]
    public void MobileNets_second_form_is_read_with_clips_dropout_and_a_mean_for_a_pool()
    {
        var sketch = new OnnxSketch();
        var (low, high) = (sketch.Number(0), sketch.Number(6));
        string Step(string input, long channels, long filters, long size, long stride, long groups) =>
            sketch.Node("Clip", [sketch.Conv(input, channels, filters, size, stride, groups, bias: true), low, high]);
        var value = Step(sketch.Input, 3, 8, 3, 2, 1);
        var around = sketch.Conv(Step(Step(value, 8, 48, 1, 1, 1), 48, 48, 3, 1, 48), 48, 8, 1, bias: true);
        value = sketch.Node("Add", [value, around]);
        value = sketch.Conv(Step(Step(value, 8, 48, 1, 1, 1), 48, 48, 3, 2, 48), 48, 16, 1, bias: true);
        value = sketch.Node("ReduceMean", [Step(value, 16, 64, 1, 1, 1)], new OnnxAttribute("axes", [-1L, -2]), new OnnxAttribute("keepdims", 0));
        var network = sketch.Output(sketch.Gemm(sketch.Node("Dropout", [sketch.Node("Identity", [value])]), 64, 5)).Read();

        static Convolution Point(int filters, Activation activation) => new() { Filters = filters, Size = 1, Bias = true, BatchNorm = false, Activation = activation };
        static DepthwiseConvolution Depthwise(Size2D stride) => new() { Bias = true, BatchNorm = false, Activation = Activation.Relu6, Stride = stride };
        var expected = new ConvNet
        {
            Name = "main_graph",
            Input = Small,
            Classes = 5,
            Stem = new Stage { Blocks = [new Block { Layers = [Point(8, Activation.Relu6) with { Size = 3, Stride = 2 }] }] },
            Stages =
            [
                new Stage
                {
                    Blocks =
                    [
                        new Block { Layers = [Point(48, Activation.Relu6), Depthwise(1), Point(8, Activation.None)], Residual = true, SumActivation = Activation.None },
                        new Block { Layers = [Point(48, Activation.Relu6)] },
                    ],
                },
                new Stage { Blocks = [new Block { Layers = [Depthwise(2), Point(16, Activation.None)] }, new Block { Layers = [Point(64, Activation.Relu6)] }] },
            ],
        };
        Assert.AreEqual(expected.ToJson(), network.ToJson());
    }

    [TestMethod]
    public void A_VGG_with_hidden_layers_is_the_catalogues_without_dropout()
    {
        var sketch = new OnnxSketch();
        var value = sketch.Input;
        var channels = 3L;
        foreach (var (filters, depth) in new[] { (64L, 1), (128L, 1), (256L, 2), (512L, 2), (512L, 2) })
        {
            for (var i = 0; i < depth; i++, channels = filters)
                value = sketch.Relu(sketch.Norm(sketch.Conv(value, channels, filters, bias: true), filters));
            value = sketch.MaxPool(value);
        }
        value = sketch.Node("Softmax", [sketch.Gemm(Hidden(Hidden(sketch.Flatten(value), 512), 4096), 4096, 100)], new OnnxAttribute("axis", -1));
        var catalogued = ConvNetFactory.Create(Architecture.Vgg11, 32, 32, 100);
        Assert.AreEqual(catalogued with { Name = "main_graph", Head = catalogued.Head! with { Dropout = 0 } }, sketch.Output(value).Read());

        string Hidden(string input, long inputs) => sketch.Relu(sketch.Gemm(input, inputs, 4096));
    }

    [TestMethod]
    public void Every_way_from_maps_to_classes_is_understood()
    {
        var averaged = new Head();
        var flat = new Head { Pooling = HeadPooling.Flatten };
        (Head Head, Func<OnnxSketch, string, string> Layers)[] ways =
        [
            (averaged, (sketch, maps) => sketch.Gemm(sketch.Node("Squeeze", [sketch.Node("GlobalAveragePool", [maps]), sketch.Integers(2, 3)]), 8, 4)),
            (averaged, (sketch, maps) => sketch.Gemm(sketch.Node("Reshape", [sketch.Node("GlobalAveragePool", [maps]), sketch.Integers(0, -1)]), 8, 4)),
            (averaged, (sketch, maps) => sketch.Gemm(sketch.Node("ReduceMean", [maps, sketch.Integers(2, 3)], new OnnxAttribute("keepdims", 0)), 8, 4)),
            (averaged, (sketch, maps) => sketch.Gemm(sketch.Flatten(sketch.Node("ReduceMean", [maps], new OnnxAttribute("axes", [2L, 3]))), 8, 4)),
            (flat, (sketch, maps) => sketch.Gemm(sketch.Node("Reshape", [maps, sketch.Integers(-1, 8 * 32 * 32)]), 8192, 4)),
            (flat, (sketch, maps) => sketch.Gemm(sketch.Node("Reshape", [maps, ShapeOf(sketch, maps)]), 8192, 4)),
            (flat, (sketch, maps) => sketch.Node("Add", [sketch.Weights(4), sketch.Node("MatMul", [sketch.Flatten(maps), sketch.Weights(8192, 4)])])),
            (flat, (sketch, maps) => sketch.Node("Gemm", [sketch.Flatten(maps), sketch.Weights(8192, 4), sketch.Node("Identity", [sketch.Weights(4)])])),
        ];
        for (var way = 0; way < ways.Length; way++)
        {
            var sketch = new OnnxSketch();
            var network = sketch.Output(ways[way].Layers(sketch, sketch.ConvNormRelu(sketch.Input, 3, 8))).Read();
            Assert.AreEqual(ways[way].Head, network.Head, $"Way {way}");
            Assert.AreEqual(4, network.Classes);
        }

        // x.view(x.size(0), -1)
        static string ShapeOf(OnnxSketch sketch, string maps)
        {
            var batch = sketch.Node("Gather", [sketch.Node("Shape", [maps]), sketch.Scalar(0)], new OnnxAttribute("axis", 0));
            return sketch.Node("Concat", [sketch.Node("Unsqueeze", [batch, sketch.Integers(0)]), sketch.Integers(-1)], new OnnxAttribute("axis", 0));
        }
    }

    [TestMethod]
    public void Padding_by_a_rule_activations_and_a_normalisation_of_the_images_are_read()
    {
        var sketch = new OnnxSketch(1, 3, 33, 20);
        var value = sketch.Node("Div", [sketch.Node("Sub", [sketch.Input, sketch.Weights(1, 3, 1, 1)]), sketch.Number(255)]);
        value = sketch.Node("HardSwish", [sketch.Node("Conv", [value, sketch.Weights(6, 3, 3, 3)], new OnnxAttribute("auto_pad", "SAME_UPPER"), new OnnxAttribute("strides", [2L, 1]))]);
        value = sketch.Node("LeakyRelu", [sketch.Node("Conv", [value, sketch.Weights(6, 6, 3, 1)], new OnnxAttribute("auto_pad", "VALID"))], new OnnxAttribute("alpha", 0.01f));
        value = sketch.Node("Tanh", [sketch.Node("Conv", [value, sketch.Weights(12, 2, 1, 1)], new OnnxAttribute("group", 3))]);
        value = sketch.Node("Sigmoid", [sketch.Node("Conv", [value, sketch.Weights(12, 1, 3, 3)], new OnnxAttribute("group", 12), new OnnxAttribute("pads", [1L, 1, 1, 1]))]);
        value = sketch.Node("AveragePool", [value], new OnnxAttribute("kernel_shape", [2L, 2]), new OnnxAttribute("strides", [1L, 2]));
        var network = sketch.Output(value).Read();

        var plain = new Convolution { Filters = 6, BatchNorm = false };
        var expected = new ConvNet
        {
            Name = "main_graph",
            Input = new TensorShape(3, 33, 20),
            Classes = 0,
            Stem = new Stage { Blocks = [new Block { Layers = [plain with { Stride = new Size2D(2, 1), Activation = Activation.HardSwish }] }] },
            Stages =
            [
                new Stage
                {
                    Blocks =
                    [
                        new Block { Layers = [plain with { Size = new Size2D(3, 1), Padding = 0, Activation = Activation.LeakyRelu }] },
                        new Block { Layers = [plain with { Filters = 12, Size = 1, Groups = 3, Activation = Activation.Tanh }] },
                        new Block { Layers = [new DepthwiseConvolution { BatchNorm = false, Activation = Activation.Sigmoid }] },
                    ],
                    Pool = new AveragePool(2, new Size2D(1, 2)),
                },
            ],
            Head = null,
        };
        Assert.AreEqual(expected.ToJson(), network.ToJson());
    }

    [TestMethod]
    public void A_network_that_was_read_is_optimized_and_built()
    {
        var sketch = new OnnxSketch();
        var value = sketch.MaxPool(sketch.ConvNormRelu(sketch.ConvNormRelu(sketch.Input, 3, 8), 8, 8), 4, 4);
        foreach (var channels in new[] { 8, 16, 16, 16, 16 })
            value = sketch.ConvNormRelu(value, channels, 16);
        var plan = NetworkPlan.Create(sketch.Output(sketch.Classifier(value, 16, 4)).Read(), new());
        Assert.IsNotEmpty(plan.Steps);
        using var scope = torch.NewDisposeScope();
        using var module = TorchSequential.Build(plan.Optimized, seed: 1);
        CollectionAssert.AreEqual(new long[] { 2, 4 }, module.call(torch.zeros(2, 3, 32, 32)).shape);
    }

    [TestMethod]
    public void ShuffleNets_reshapes_are_a_channel_shuffle()
    {
        var sketch = new OnnxSketch();
        var value = sketch.Norm(sketch.Conv(sketch.ConvNormRelu(sketch.Input, 3, 12), 12, 12, groups: 12), 12);
        var split = sketch.Node("Reshape", [value, sketch.Integers(-1, 3, 4, 32, 32)]);
        var swapped = sketch.Node("Transpose", [split], new OnnxAttribute("perm", [0L, 2, 1, 3, 4]));
        value = sketch.Node("Reshape", [swapped, sketch.Integers(-1, 12, 32, 32)]);
        value = sketch.ConvNormRelu(value, 12, 24, 1, groups: 3);
        var network = sketch.Output(sketch.Classifier(value, 24, 4)).Read();
        Assert.AreEqual(new ChannelShuffle { Groups = 3 }, network.Stages[0].Blocks[0].Layers[1]);
        Assert.HasCount(3, network.Stages[0].Blocks[0].Layers);
    }

    [TestMethod]
    public void Nodes_may_be_in_any_order_and_weights_in_other_files()
    {
        var sketch = new OnnxSketch();
        var model = sketch.Output(sketch.Classifier(sketch.MaxPool(sketch.ConvNormRelu(sketch.Input, 3, 8)), 8, 4)).Model();
        var expected = OnnxNetwork.Read(model.ToByteArray());

        var shuffled = model.Clone();
        var nodes = shuffled.Graph.Node.Reverse().ToList();
        shuffled.Graph.Node.Clear();
        shuffled.Graph.Node.AddRange(nodes);
        foreach (var tensor in shuffled.Graph.Initializer)
        {
            tensor.RawData = ByteString.Empty;
            shuffled.Graph.Input.Add(new ValueInfoProto { Name = tensor.Name });
        }
        Assert.AreEqual(expected, OnnxNetwork.Read(shuffled.ToByteArray()));
    }
}
