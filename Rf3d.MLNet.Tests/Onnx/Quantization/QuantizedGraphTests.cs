using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx.Quantization;

/// <summary>Graphs of networks in 8-bit integers and in 16-bit floating point, beside float32.</summary>
[TestClass]
public class QuantizedGraphTests
{
    private static readonly ConvNet One = new()
    {
        Name = "one convolution",
        Input = new TensorShape(3, 9, 8),
        Classes = 3,
        Stages = [new Stage { Blocks = [Block.Convolution(4)] }],
    };

    private static readonly ConvNet Residual = One with
    {
        Name = "residual",
        Stages = [new Stage { Blocks = [Block.Convolution(8)], Pool = new MaxPool(2, 2) }, Stage.Repeat(Block.Basic(12, stride: 2), 2)],
    };

    private static readonly ConvNet Depthwise = One with
    {
        Name = "depthwise, rolling and grouped",
        Stages = [Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.DepthwiseSeparable(16), 1), Stage.Repeat(Block.DepthwiseRolling(16), 1), Stage.Repeat(Block.DepthwiseGrouped(16, 2), 1)],
    };

    private static readonly ConvNet Hidden = One with
    {
        Name = "hidden layers",
        Stages = [new Stage { Blocks = [Block.Convolution(8)], Pool = new MaxPool(2, 2) }],
        Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [10, 7] },
    };

    private static readonly ConvNet PooledHidden = Hidden with { Name = "pooled, hidden layer", Head = new Head { HiddenLayers = [10] } };

    private static readonly ConvNet Flat = Hidden with { Name = "flat", Head = new Head { Pooling = HeadPooling.Flatten } };

    private static readonly ConvNet Averaged = One with
    {
        Name = "averages",
        Stages = [new Stage { Blocks = [Block.Convolution(8), Block.Basic(12, stride: 2) with { Downsampling = ResidualDownsampling.AveragePooling }], Pool = new AveragePool(2, 2) }],
    };

    // As many channels as make the second form of the rolling convolution, with the shuffle after it.
    private static readonly ConvNet Stacked = One with
    {
        Name = "stacked",
        Input = new TensorShape(3, 4, 4),
        Stages = [Stage.Repeat(Block.Convolution(256), 1), Stage.Repeat(new Block { Layers = [new RollingPointwiseConvolution { Filters = 16, Groups = 4 }, new RollingPointwiseConvolution { Filters = 8, Groups = 2 }] }, 1)],
    };

    public static IEnumerable<object[]> Networks =>
    [
        [One, false], [Residual, false], [Residual, true], [Depthwise, false], [Hidden, false], [Hidden, true], [PooledHidden, false], [Flat, false], [Averaged, false], [Stacked, false],
        .. Enum.GetValues<Activation>().Select(activation => new object[]
        {
            One with { Name = $"{activation}", Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 8, Activation = activation }], Residual = true, SumActivation = activation }, 2)] }, false,
        }),
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Logits_in_int8_are_near_those_in_float32(ConvNet network, bool mirror)
    {
        var fixture = new QuantizationFixture(network, mirror);
        var backbone = fixture.Int8();
        AssertNear(fixture.Logits(fixture.Backbone), fixture.Logits(backbone), 0.06);
        var graph = QuantizationFixture.Parse(backbone).Graph;
        Assert.IsTrue(graph.Node.Where(node => node.OpType is "Conv" or "Gemm").All(node => node.Input.All(input => input.EndsWith(".dequantized", StringComparison.Ordinal))), "A layer computes with floats.");
        Assert.IsFalse(graph.Initializer.Any(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float && tensor.Name.EndsWith(WeightTable.Weight, StringComparison.Ordinal)), "Weights in float32 are left.");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Logits_in_float16_are_near_those_in_float32(ConvNet network, bool mirror)
    {
        var fixture = new QuantizationFixture(network, mirror);
        var backbone = NetworkQuantization.ToFloat16(fixture.Backbone);
        AssertNear(fixture.Logits(fixture.Backbone), fixture.Logits(backbone), 0.006);
        var graph = QuantizationFixture.Parse(backbone).Graph;
        Assert.IsFalse(graph.Initializer.Any(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float && tensor.Name.EndsWith(WeightTable.Weight, StringComparison.Ordinal)), "Weights in float32 are left.");
        Assert.AreEqual((int)TensorProto.Types.DataType.Float, graph.Input.Single().Type.TensorType.ElemType);
        Assert.AreEqual((int)TensorProto.Types.DataType.Float, graph.Output.Single().Type.TensorType.ElemType);
    }

    [TestMethod]
    public void ONNX_Runtime_computes_all_layers_with_integers()
    {
        foreach (var (network, convolutions, sums) in new[] { (One, 1, 0), (Residual, 6, 2), (Depthwise, 7, 0), (Averaged, 4, 1) })
        {
            var fixture = new QuantizationFixture(network);
            var kernels = fixture.Kernels(fixture.Int8());
            Assert.AreEqual(convolutions, kernels.GetValueOrDefault("QLinearConv"), $"{network.Name}: {string.Join(", ", kernels)}");
            Assert.AreEqual(sums, kernels.GetValueOrDefault("QLinearAdd"), $"{network.Name}: {string.Join(", ", kernels)}");
            foreach (var floating in new[] { "Conv", "FusedConv", "Relu", "Clip" })
                Assert.IsFalse(kernels.ContainsKey(floating), $"{network.Name}: {string.Join(", ", kernels)}");
        }
    }

    [TestMethod]
    public void The_error_of_a_convolution_is_within_the_bound_of_its_scales()
    {
        var fixture = new QuantizationFixture(One);
        var (floats, integers) = (Maps(fixture, fixture.Backbone), Maps(fixture, fixture.Int8()));
        var tensors = QuantizationFixture.Parse(fixture.Int8()).Graph.Initializer.ToDictionary(tensor => tensor.Name);
        var scales = tensors.Single(tensor => tensor.Key.EndsWith(".weight8.scale", StringComparison.Ordinal)).Value.Floats()!;
        var input = tensors["normalize.output.scale"].Number()!.Value;
        var output = tensors.Single(tensor => tensor.Key.EndsWith(".activated.scale", StringComparison.Ordinal)).Value.Number()!.Value;
        var weight = FoldedWeights(fixture.Backbone);
        var length = weight.Length / scales.Length;
        // The largest normalised pixel.
        const double largest = 3;
        var most = 0.0;
        for (var i = 0; i < floats.Length; i++)
        {
            var channel = i / (9 * 8) % scales.Length;
            var absolute = weight.AsSpan(channel * length, length).ToArray().Sum(each => Math.Abs((double)each));
            var bound = (input / 2 * absolute) + (length * (largest + (input / 2)) * scales[channel] / 2) + (input * scales[channel] / 2) + (output / 2);
            Assert.AreEqual(floats[i], integers[i], bound, $"Value {i}");
            most = Math.Max(most, Math.Abs(floats[i] - integers[i]) / bound);
        }
        Assert.IsGreaterThan(0.05, most, "The bound is so wide that this test shows nothing.");
    }

    [TestMethod]
    public void Activations_that_the_levels_include_are_left_out_and_others_are_not()
    {
        var types = new QuantizationFixture(Residual) is var residual ? Types(residual.Int8()) : null!;
        Assert.IsFalse(types.ContainsKey("Relu"));
        var smooth = One with { Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 8, Activation = Activation.HardSwish }] }, 2)] };
        Assert.AreEqual(2, Types(new QuantizationFixture(smooth).Int8())["HardSwish"]);

        static Dictionary<string, int> Types(byte[] model) => QuantizationFixture.Parse(model).Graph.Node.CountBy(node => node.OpType).ToDictionary();
    }

    [TestMethod]
    public void Pools_and_shuffles_have_the_scale_of_their_input()
    {
        var nodes = QuantizationFixture.Parse(new QuantizationFixture(Hidden).Int8()).Graph.Node;
        var pool = nodes.Single(node => node.OpType == "MaxPool");
        var (before, after) = (nodes.Single(node => node.Output[0] == pool.Input[0]), nodes.Single(node => node.Input[0] == pool.Output[0]));
        CollectionAssert.AreEqual(before.Input.Skip(1).ToList(), after.Input.Skip(1).ToList());
    }

    [TestMethod]
    public void A_layer_can_stay_in_float32()
    {
        var fixture = new QuantizationFixture(Residual);
        var names = QuantizationSites.Find(QuantizationFixture.Parse(fixture.Backbone).Graph, new(QuantizationFixture.Parse(fixture.Backbone)), []).LayerNames;
        Assert.HasCount(6, names);
        var backbone = fixture.Int8(float32: names[0]);
        var kernels = fixture.Kernels(backbone);
        Assert.AreEqual(5, kernels["QLinearConv"], string.Join(", ", kernels));
        AssertNear(fixture.Logits(fixture.Backbone), fixture.Logits(backbone), 0.06);
        var unknown = Assert.ThrowsExactly<ArgumentException>(() => fixture.Int8(float32: "conv9"));
        Assert.Contains("no layer 'conv9'", unknown.Message);
        Assert.Contains(names[5], unknown.Message);
        Assert.Contains("No layer", Assert.ThrowsExactly<NotSupportedException>(() => fixture.Int8(float32: [.. names])).Message);
    }

    [TestMethod]
    public void Weights_of_7_bits_are_at_most_63()
    {
        var tensors = QuantizationFixture.Parse(new QuantizationFixture(Residual).Int8(bits: 7)).Graph.Initializer;
        var weights = tensors.Where(tensor => tensor.Name.EndsWith(".weight8", StringComparison.Ordinal)).ToList();
        Assert.HasCount(6, weights);
        Assert.IsTrue(weights.All(tensor => tensor.RawData.ToByteArray().Max(value => Math.Abs((int)(sbyte)value)) == 63));
    }

    [TestMethod]
    public void The_graph_is_a_quarter_and_weights_to_train_from_are_refused()
    {
        var large = One with { Stages = [Stage.Repeat(Block.Convolution(96), 3)] };
        var fixture = new QuantizationFixture(large);
        Assert.IsLessThan(0.3, fixture.Int8().Length / (double)fixture.Backbone.Length);
        Assert.IsLessThan(0.55, NetworkQuantization.ToFloat16(fixture.Backbone).Length / (double)fixture.Backbone.Length);
        foreach (var backbone in new[] { fixture.Int8(), NetworkQuantization.ToFloat16(fixture.Backbone) })
            Assert.Contains("is quantized", Assert.ThrowsExactly<FormatException>(() => OnnxWeights.Read(backbone)).Message);
    }

    [TestMethod]
    public void Weights_that_float16_does_not_hold_are_named()
    {
        var fixture = new QuantizationFixture(One);
        var model = QuantizationFixture.Parse(fixture.Backbone);
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name.EndsWith(WeightTable.Weight, StringComparison.Ordinal));
        var (index, values) = (model.Graph.Initializer.IndexOf(weight), weight.Floats()!);
        values[5] = 70_000;
        model.Graph.Initializer[index] = OnnxParts.Tensor(weight.Name, [.. weight.Dims], values);
        var error = Assert.ThrowsExactly<NotSupportedException>(() => NetworkQuantization.ToFloat16(Google.Protobuf.MessageExtensions.ToByteArray(model)));
        Assert.Contains($"'{weight.Name}' has the number 70000", error.Message);
    }

    private static float[] FoldedWeights(byte[] backbone) =>
        QuantizationFixture.Parse(backbone).Graph.Initializer.Single(tensor => tensor.Name.EndsWith(WeightTable.Weight, StringComparison.Ordinal)).Floats()!;

    /// <summary>The last feature map of all images.</summary>
    private static float[] Maps(QuantizationFixture fixture, byte[] backbone)
    {
        var graph = QuantizationFixture.Parse(fixture.Classifier(backbone)).Graph;
        var map = graph.Node.Single(node => node.Name == OnnxWriter.PoolNode).Input[0];
        using var session = new OnnxSession(QuantizedNetwork.WithOutputs(fixture.Classifier(backbone), [map]), map);
        return session.Run(fixture.Pixels, [QuantizationFixture.Images, 3, fixture.Preprocessing.Height, fixture.Preprocessing.Width]);
    }

    private static void AssertNear(float[] expected, float[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        var spread = expected.Max() - expected.Min();
        Assert.IsGreaterThan(0.001, spread, "Images that all score alike show nothing.");
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * spread, $"Logit {i}");
        Assert.IsFalse(expected.SequenceEqual(actual), "Nothing is rounded.");
    }
}
