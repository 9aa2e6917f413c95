using Google.Protobuf;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>A graph that cannot be read is an error with the name of the node; for broken bytes, too, there is no exception but a <see cref="FormatException"/>.</summary>
[TestClass]
public class OnnxNetworkErrorTests
{
    private static readonly (string Case, Func<OnnxSketch, string> Layers, string[] Words)[] Graphs =
    [
        ("unknown", s => s.Node("LSTM", [s.Node("Resize", [Conv(s)])]), ["'/Resize_3_output_0' (Resize)", "(LSTM)", "Understood are Conv, BatchNormalization"]),
        ("no convolution", s => s.Node("Identity", [s.Input]), ["no convolution"]),
        ("norm first", s => s.Norm(s.Input, 3), ["(BatchNormalization)", "does not directly follow"]),
        ("norm after a sum", s => Around(s, maps => s.Norm(s.Node("Add", [maps, s.Conv(maps, 8, 8)]), 8)), ["(BatchNormalization)", "does not directly follow"]),
        ("norm first in a unit", s => Around(s, maps => s.Node("Add", [maps, s.Conv(s.Norm(maps, 8), 8, 8)])), ["(BatchNormalization)", "does not directly follow"]),
        ("activation first in a unit", s => Around(s, maps => s.Node("Add", [maps, s.Conv(s.Relu(maps), 8, 8)])), ["(Relu)", "does not follow a convolution"]),
        ("channels", s => s.Conv(s.Input, 4, 8), ["(Conv)", "takes 4 channels and gets 3"]),
        ("one-dimensional", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3)]), ["(Conv)", "3 dimensions"]),
        ("no weights", s => s.Node("Conv", [s.Input]), ["(Conv)", "no weights"]),
        ("computed weights", s => s.Node("Conv", [s.Input, s.Node("Reshape", [s.Weights(216), s.Integers(8, 3, 3, 3)])]), ["(Conv)", "that the graph computes"]),
        ("weights from the images", s => s.Node("Conv", [s.Input, s.Input]), ["'input' is read 2 times"]),
        ("asymmetric", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("pads", [0L, 0, 1, 1])), ["(Conv)", "[0, 0, 1, 1]"]),
        ("odd rule", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("auto_pad", "MIRROR")), ["(Conv)", "MIRROR"]),
        ("asymmetric by a rule", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 2, 2)], new OnnxAttribute("auto_pad", "SAME_UPPER")), ["(Conv)", "on one side"]),
        ("kernel shape", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("kernel_shape", [5L, 5])), ["(Conv)", "5x5"]),
        ("stride of zero", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("strides", [0L, 1])), ["(Conv)", "stride of 0"]),
        ("one stride", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("strides", [1L])), ["(Conv)", "1 numbers"]),
        ("huge", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("dilations", [long.MaxValue, 1])), ["(Conv)", "dilation of 9223372036854775807"]),
        ("wide stride", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 3, 3)], new OnnxAttribute("strides", [4097L, 1])), ["(Conv)", "stride of 4097"]),
        ("wide dilation", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 1, 1)], new OnnxAttribute("dilations", [32_768L, 1])), ["(Conv)", "dilation of 32768"]),
        ("wide kernel", s => s.Node("Conv", [s.Input, s.Weights(1, 3, 4097, 1)]), ["(Conv)", "kernel size of 4097"]),
        ("wide padding", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 1, 1)], new OnnxAttribute("pads", [5000L, 0, 5000, 0])), ["(Conv)", "padding of 5000"]),
        ("wide padding by a rule", s => s.Node("Conv", [s.Input, s.Weights(8, 3, 5, 5)], new OnnxAttribute("auto_pad", "SAME_UPPER"), new OnnxAttribute("dilations", [4096L, 4096])), ["(Conv)", "padding of"]),
        ("wide window", s => s.Node("MaxPool", [Conv(s)], new OnnxAttribute("kernel_shape", [8000L, 1])), ["(MaxPool)", "window of 8000"]),
        ("groups", s => s.Conv(s.Input, 3, 8, groups: 3), ["(Conv)", "3 groups"]),
        ("pool first", s => s.MaxPool(s.Input), ["(MaxPool)", "before any convolution"]),
        ("two pools", s => s.MaxPool(s.MaxPool(Conv(s))), ["(MaxPool)", "another pooling"]),
        ("ceil mode", s => s.MaxPool(Conv(s), 3, 2, 0, 1), ["(MaxPool)", "ceil_mode"]),
        ("no window", s => s.Node("MaxPool", [Conv(s)]), ["(MaxPool)", "window"]),
        ("padding not counted", s => s.Node("AveragePool", [Conv(s)], new OnnxAttribute("kernel_shape", [3L, 3]), new OnnxAttribute("pads", [1L, 1, 1, 1])), ["(AveragePool)", "count_include_pad"]),
        ("clip", s => s.Node("Clip", [Conv(s), s.Number(0), s.Number(1)]), ["(Clip)", "0 to 6"]),
        ("clip without limits", s => s.Node("Clip", [Conv(s)]), ["(Clip)", "0 to 6"]),
        ("slope", s => s.Node("LeakyRelu", [Conv(s)], new OnnxAttribute("alpha", 0.2f)), ["(LeakyRelu)", "0.2"]),
        ("mean of channels", s => s.Node("ReduceMean", [Conv(s)], new OnnxAttribute("axes", [1L])), ["(ReduceMean)", "height and width"]),
        ("transpose", s => s.Node("Transpose", [Conv(s)]), ["(Transpose)", "other places only"]),
        ("half a shuffle", s => s.Node("Reshape", [Conv(s), s.Integers(-1, 2, 4, 32, 32)]), ["(Reshape)", "channel shuffle"]),
        ("reshape to rows", s => s.Node("Reshape", [Conv(s), s.Integers(-1, 8, 1024)]), ["(Reshape)", "[-1, 8, 1024]"]),
        ("reshape by a computed shape", s => s.Node("Reshape", [Conv(s), s.Node("ConstantOfShape", [s.Integers(2)])]), ["(Reshape)", "neither constant"]),
        ("constant added", s => s.Node("Add", [Conv(s), s.Weights(8, 1, 1)]), ["(Add)", "adds up"]),
        ("scaled", s => s.Node("Mul", [Conv(s), s.Number(2)]), ["(Mul)", "other places only"]),
        ("added to itself", s => Around(s, maps => s.Node("Add", [maps, maps])), ["read 2 times"]),
        ("three ways", s => Around(s, maps => s.Node("Add", [s.Node("Add", [maps, s.Conv(maps, 8, 8)]), s.Conv(maps, 8, 8)])), ["read 3 times"]),
        ("gated", s => Around(s, maps => s.Node("Mul", [maps, s.Node("Sigmoid", [s.Conv(maps, 8, 8)])])), ["(Mul)", "an Add is supported"]),
        ("two units", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 8), 8, 8), s.Relu(s.Conv(maps, 8, 8))])), ["(Add)", "neither is a shortcut"]),
        ("no unit", s => Around(s, maps => s.Node("Add", [maps, s.Node("Identity", [maps])])), ["(Add)", "no convolution between"]),
        ("ways that part", s => Around(s, maps => s.Node("Add", [maps, Around(s, s.Conv(maps, 8, 8), more => s.Node("Add", [more, s.Conv(more, 8, 8)]))])), ["which part again"]),
        ("shapes that differ", s => Around(s, maps => s.Node("Add", [maps, s.Conv(maps, 8, 8, 3, 2)])), ["(Add)", "32x32x8 to 16x16x8"]),
        ("needless projection", s => Around(s, maps => s.Node("Add", [s.Conv(maps, 8, 8), s.Conv(maps, 8, 8, 1)])), ["(Add)", "one shape"]),
        ("large projection", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16), 16, 16), s.Conv(maps, 8, 16)])), ["(Add)", "3x3"]),
        ("stride of a projection", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 2), 16, 16), s.Conv(maps, 8, 16, 1)])), ["(Add)", "stride 1x1", "2x2"]),
        ("pool of a shortcut", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 2), 16, 16), s.Conv(s.AveragePool(maps, 4, 4), 8, 16, 1)])), ["(Add)", "windows of 4x4", "2x2"]),
        ("pool of a shortcut and a stride", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 2), 16, 16), s.Conv(s.AveragePool(maps, 2, 2), 8, 16, 1, 2)])), ["(Add)", "stride 2x2", "after average pooling"]),
        ("pool of a shortcut that overlaps", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 2), 16, 16), s.Conv(s.AveragePool(maps, 3, 2), 8, 16, 1)])), ["(AveragePool)", "side by side"]),
        ("pool of a shortcut that leaves pixels out", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 3), 16, 16), s.Conv(s.AveragePool(maps, 3, 3), 8, 16, 1)])), ["(AveragePool)", "ceil_mode 1"]),
        ("pool of a shortcut with padding", s => Around(s, maps => s.Node("Add", [s.Conv(s.Conv(maps, 8, 16, stride: 3), 16, 16), s.Conv(s.AveragePool(maps, 3, 3, ceil: 1, counted: 1), 8, 16, 1)])), ["(AveragePool)", "count_include_pad 0"]),
        ("pool in a unit", s => Around(s, maps => s.Node("Add", [maps, s.MaxPool(s.Conv(maps, 8, 8), 3, 1, 1)])), ["(MaxPool)", "inside a unit"]),
        ("classifier in a unit", s => Around(s, maps => s.Node("Add", [maps, s.Node("GlobalAveragePool", [s.Conv(maps, 8, 8)])])), ["(GlobalAveragePool)", "inside a unit"]),
        ("linear on maps", s => s.Gemm(Conv(s), 8, 4), ["(Gemm)", "flatten"]),
        ("features", s => s.Gemm(s.Flatten(Conv(s)), 77, 4), ["(Gemm)", "takes 77 values and gets 8192"]),
        ("no bias", s => s.Node("MatMul", [s.Flatten(Conv(s)), s.Weights(8192, 4)]), ["(MatMul)", "no bias"]),
        ("scaled linear", s => s.Node("Gemm", [s.Flatten(Conv(s)), s.Weights(8192, 4), s.Weights(4)], new OnnxAttribute("alpha", 2f)), ["(Gemm)", "alpha"]),
        ("vector for a matrix", s => s.Node("Gemm", [s.Flatten(Conv(s)), s.Weights(8192), s.Weights(4)]), ["(Gemm)", "no matrix"]),
        ("computed matrix", s => s.Node("Gemm", [s.Flatten(Conv(s)), s.Node("Identity", [s.Node("Transpose", [s.Weights(4, 8192)])]), s.Weights(4)]), ["(Gemm)", "the graph computes"]),
        ("linear layers in a row", s => s.Gemm(s.Gemm(s.Flatten(Conv(s)), 8192, 4), 4, 4), ["(Gemm)", "ReLU"]),
        ("softmax on maps", s => s.Node("Softmax", [Conv(s)]), ["(Softmax)"]),
        ("after softmax", s => s.Relu(s.Node("Softmax", [s.Classifier(Conv(s), 8, 4)])), ["(Relu)", "after the probabilities"]),
        ("pooled features", s => s.Node("GlobalAveragePool", [Conv(s)]), ["(GlobalAveragePool)", "no linear layer"]),
        ("cast", s => s.Node("Cast", [Conv(s)], new OnnxAttribute("to", 10)), ["(Cast)", "FLOAT16"]),
    ];

    public static IEnumerable<object[]> CaseNames => Graphs.Select(graph => new object[] { graph.Case });

    [TestMethod]
    [FieldReport(20)]
    [DynamicData(nameof(CaseNames))]
    public void A_node_that_is_not_understood_is_named(string name)
    {
        var (_, layers, words) = Graphs.First(graph => graph.Case == name);
        var sketch = new OnnxSketch();
        sketch.Output(layers(sketch));
        AssertFails(sketch.Model(), words);
    }

    [TestMethod]
    public void Inputs_and_outputs_that_are_not_one_image_and_its_classes_are_named()
    {
        AssertFails(Changed(model => model.Graph.Input[0].Type.TensorType.Shape.Dim[2].DimParam = "height"), ["'input'", "height", "open until the graph runs"]);
        AssertFails(Changed(model => model.Graph.Input[0].Type.TensorType.Shape.Dim.RemoveAt(0)), ["'input'", "3 dimensions"]);
        AssertFails(Changed(model => model.Graph.Input[0].Type.TensorType.Shape = null), ["'input'", "no shape"]);
        AssertFails(Changed(model => model.Graph.Input[0].Type = null), ["'input'", "no shape"]);
        AssertFails(Changed(model => model.Graph.Input[0].Type.TensorType.ElemType = 2), ["'input'", "UINT8"]);
        AssertFails(Changed(model => model.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = -3), ["'input'", "-3"]);
        AssertFails(Changed(model => model.Graph.Input.Clear()), ["reads 'input', which nothing"]);
        AssertFails(Changed(model => model.Graph.Output.Clear()), ["is no output"]);
        AssertFails(Changed(model => model.Graph.Output.Add(new ValueInfoProto { Name = model.Graph.Node[0].Output[0] })), ["is an output, and"]);
        AssertFails(Changed(model => model.Graph.Output.Add(new ValueInfoProto { Name = "other" })), ["other outputs", "other"]);
        AssertFails(
            Changed(model =>
            {
                model.Graph.Input.Add(new ValueInfoProto { Name = "mask" });
                model.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "mask" }, Output = { "unused" } });
            }),
            ["2 inputs", "input, mask"]);
    }

    [TestMethod]
    [FieldReport(20)]
    public void A_node_whose_cost_overflows_is_named()
    {
        // The shapes of the weights alone; the weights themselves are not needed.
        var huge = Changed(model =>
        {
            model.Graph.Input[0].Type.TensorType.Shape.Dim[2].DimValue = 32_768;
            model.Graph.Input[0].Type.TensorType.Shape.Dim[3].DimValue = 32_768;
            foreach (var dims in model.Graph.Initializer.Where(tensor => tensor.Dims.Count == 4).Select(tensor => tensor.Dims))
                (dims[0], dims[2], dims[3]) = (1 << 20, 4095, 4095);
            foreach (var sizes in model.Graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.Name == "kernel_shape").Select(attribute => attribute.Ints))
                (sizes[0], sizes[1]) = (4095, 4095);
        });
        AssertFails(huge, ["(Conv)", "takes more multiply-accumulates"]);

        var sketch = new OnnxSketch("batch", 3, 32_768, 32_768);
        sketch.Output(sketch.Flatten(sketch.Conv(sketch.Input, 3, 8)));
        AssertFails(sketch.Model(), ["(Flatten)", "8589934592 values"]);
    }

    [TestMethod]
    public void Graphs_that_do_not_hang_together_are_refused()
    {
        AssertFails(Changed(model => model.Graph.Initializer.RemoveAt(0)), ["(Conv)", "reads 'weight_1', which nothing"]);
        AssertFails(Changed(model => model.Graph.Initializer.Add(model.Graph.Initializer[0])), ["Two constants"]);
        AssertFails(Changed(model => model.Graph.Initializer[0].DataType = 10), ["(Conv)", "'weight_1'", "FLOAT16"]);
        AssertFails(Changed(model => model.Graph.Initializer[0].Dims[0] = long.MaxValue), ["(Conv)", "number of filters"]);
        AssertFails(Changed(model => model.Graph.Initializer[0].Dims[1] = -1), ["(Conv)", "number of input channels"]);
        AssertFails(Changed(model => model.Graph.Node.Add(model.Graph.Node[0])), ["(Conv)", "something else makes too"]);
        AssertFails(Changed(model => model.Graph.Node[0].Output.Clear()), ["(Conv)", "makes no value"]);
        AssertFails(Changed(model => model.Graph.Node[0].Domain = "com.microsoft"), ["(com.microsoft.Conv)"]);
        AssertFails(Changed(model => model.Graph.Node[0].Input[0] = model.Graph.Node[1].Output[0]), ["0 inputs"]);
        // A ring: the convolution's output goes into a sum with a later value.
        AssertFails(
            Changed(model => model.Graph.Node.Single(node => node.OpType == "Relu").MergeFrom(new NodeProto { Input = { model.Graph.Output[0].Name } })),
            ["is an output, and"]);
        var sketch = new OnnxSketch();
        var ring = sketch.Output(sketch.Relu(Conv(sketch))).Model();
        ring.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "b" }, Output = { "a" } });
        ring.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "a" }, Output = { "b" } });
        ring.Graph.Node[0].Input[1] = "a";
        AssertFails(ring, ["(Conv)", "the graph computes"]);
    }

    /// <summary>Comparing each node of one way with each of the other would take 2.4 billion comparisons.</summary>
    [TestMethod]
    [FieldReport(20)]
    public void Ways_of_many_nodes_are_an_error_that_names_where_they_meet()
    {
        var sketch = new OnnxSketch();
        sketch.Output(Around(sketch, maps => sketch.Node("Add", [Long(maps), Long(maps)])));
        AssertFails(sketch.Model(), ["(Add)", "neither is a shortcut"]);

        string Long(string value)
        {
            for (var i = 0; i < 49_000; i++)
                value = sketch.Node("Identity", [value]);
            return value;
        }
    }

    [TestMethod]
    public void More_nodes_than_any_network_has_are_refused()
    {
        var sketch = new OnnxSketch();
        var value = Conv(sketch);
        for (var i = 0; i < 100_000; i++)
            value = sketch.Node("Identity", [value]);
        sketch.Output(value);
        AssertFails(sketch.Model(), ["100001 nodes", "100000"]);
    }

    [TestMethod]
    public void Files_that_are_not_ONNX_are_refused_with_their_path()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["text.onnx"], "This is a text about networks, not one of them.");
        File.WriteAllBytes(folder["empty.onnx"], []);
        foreach (var file in new[] { "text.onnx", "empty.onnx" })
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => OnnxNetwork.Load(folder[file])).Message, folder[file]);
        var missing = Assert.ThrowsExactly<FileNotFoundException>(() => OnnxNetwork.Load(folder["none", "missing.onnx"]));
        StringAssert.Contains(missing.Message, folder["none", "missing.onnx"]);
        Assert.ThrowsExactly<ArgumentException>(() => OnnxNetwork.Load(" "));
        Assert.ThrowsExactly<ArgumentNullException>(() => OnnxNetwork.Read((byte[])null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => OnnxNetwork.Read((Stream)null!));
    }

    [TestMethod]
    [DataRow(Architecture.ResNet18Slim)]
    [DataRow(Architecture.MobileNet)]
    public void Broken_bytes_are_refused_or_read_and_never_crash(Architecture architecture)
    {
        var network = ConvNetFactory.Create(architecture, 16, 16, 2, 0.02);
        network = network with { Stages = network.Stages.Add(Stage.Repeat(Block.DepthwiseRolling(8), 1)).Add(Stage.Repeat(Block.DepthwiseGrouped(8, 2), 1)) };
        // Without the weights, nearly every byte is structure.
        var model = ModelProto.Parser.ParseFrom(OnnxNetworkRoundTripTests.Write(network));
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.DataType == 1))
            tensor.RawData = ByteString.Empty;
        var bytes = model.ToByteArray();
        var random = new Random(7);
        var (read, refused) = (0, 0);
        for (var round = 0; round < 3000; round++)
        {
            var broken = round % 10 == 0 ? bytes[..random.Next(bytes.Length)] : (byte[])bytes.Clone();
            for (var change = round % 10 == 0 ? 0 : random.Next(1, 6); change > 0; change--)
                broken[random.Next(broken.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(broken[random.Next(broken.Length)] ^ (1 << random.Next(8)));
            try
            {
                NetworkLayout.Of(OnnxNetwork.Read(broken));
                read++;
            }
            catch (FormatException error)
            {
                Assert.IsGreaterThan(30, error.Message.Length);
                refused++;
            }
        }
        Assert.IsGreaterThan(100, read);
        Assert.IsGreaterThan(1000, refused);
    }

    [TestMethod]
    public void Rewired_graphs_are_refused_or_read_and_never_crash()
    {
        var network = ConvNetFactory.Create(Architecture.ResNet18Slim, 16, 16, 2, 0.02).WithStageDepths(1, 1, 2, 1);
        network = network with
        {
            Stages = network.Stages.Add(Stage.Repeat(Block.DepthwiseRolling(8), 1)).Add(Stage.Repeat(Block.DepthwiseGrouped(8, 2), 1)),
            Head = new Head { HiddenLayers = [5] },
        };
        var model = ModelProto.Parser.ParseFrom(OnnxNetworkRoundTripTests.Write(network));
        string[] operators = [.. model.Graph.Node.Select(node => node.OpType).Distinct(), "MatMul", "Squeeze", "ReduceMean", "Shape", "Gather", "Concat", "Identity", "Div"];
        long[] numbers = [-1, 0, 1, 2, 3, 4, 8, 16, long.MaxValue, long.MinValue, int.MaxValue, 1 << 20];
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var broken = model.Clone();
            var graph = broken.Graph;
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                var (node, other) = (graph.Node[random.Next(graph.Node.Count)], graph.Node[random.Next(graph.Node.Count)]);
                var tensor = graph.Initializer[random.Next(graph.Initializer.Count)];
                var values = random.Next(4) == 0 ? tensor.Name : other.Output[0];
                switch (random.Next(8))
                {
                    case 0 when node.Input.Count > 0:
                        node.Input[random.Next(node.Input.Count)] = values;
                        break;
                    case 1:
                        node.OpType = operators[random.Next(operators.Length)];
                        break;
                    case 2 when node.Input.Count > 0:
                        node.Input.RemoveAt(random.Next(node.Input.Count));
                        break;
                    case 3:
                        node.Input.Add(values);
                        break;
                    case 4 when node.Attribute.Count > 0:
                        node.Attribute[random.Next(node.Attribute.Count)].Ints.Add(numbers[random.Next(numbers.Length)]);
                        break;
                    case 5 when node.Attribute.SelectMany(attribute => attribute.Ints).Any():
                        var ints = node.Attribute.First(attribute => attribute.Ints.Count > 0).Ints;
                        ints[random.Next(ints.Count)] = numbers[random.Next(numbers.Length)];
                        break;
                    case 6 when tensor.Dims.Count > 0:
                        tensor.Dims[random.Next(tensor.Dims.Count)] = numbers[random.Next(numbers.Length)];
                        break;
                    case 7 when tensor.DataType == 7:
                        tensor.RawData = ByteString.Empty;
                        tensor.Int64Data.AddRange(Enumerable.Range(0, random.Next(6)).Select(_ => numbers[random.Next(numbers.Length)]));
                        break;
                }
            }
            try
            {
                NetworkLayout.Of(OnnxNetwork.Read(broken.ToByteArray()));
            }
            catch (FormatException error)
            {
                Assert.IsGreaterThan(30, error.Message.Length);
            }
        }
    }

    private static string Conv(OnnxSketch sketch) => sketch.Conv(sketch.Input, 3, 8);

    private static string Around(OnnxSketch sketch, Func<string, string> unit) => Around(sketch, sketch.Relu(Conv(sketch)), unit);

    private static string Around(OnnxSketch sketch, string maps, Func<string, string> unit) => sketch.Relu(unit(maps));

    private static ModelProto Changed(Action<ModelProto> change)
    {
        var sketch = new OnnxSketch();
        var model = sketch.Output(sketch.Classifier(sketch.ConvNormRelu(sketch.Input, 3, 8), 8, 4)).Model();
        change(model);
        return model;
    }

    private static void AssertFails(ModelProto model, string[] words)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => OnnxNetwork.Read(model.ToByteArray()));
        foreach (var word in words)
            StringAssert.Contains(error.Message, word);
    }
}
