using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>Networks with their weights: the network that is read computes the same as ONNX Runtime from the file.</summary>
[TestClass]
public class OnnxTrainedNetworkTests
{
    [TestMethod]
    public void A_ResNet_with_its_normalisations_computes_the_same()
    {
        var sketch = new OnnxSketch(1, 3, 32, 32);
        var value = sketch.MaxPool(sketch.ConvNormRelu(sketch.Input, 3, 8, size: 7, stride: 2), size: 3, stride: 2, padding: 1);
        value = Basic(value, 8, 8, 1);
        value = Basic(value, 8, 16, 2);
        value = Basic(value, 16, 16, 1);
        var trained = AssertComputesTheSame(sketch.Output(sketch.Classifier(value, 16, 5)), epsilon: 1e-3f);
        Assert.IsTrue(NetworkLayout.Of(trained.Network).Layers.All(node => trained.Weights.Find(node.Name + WeightTable.NormScale) is not null));

        string Basic(string input, long channels, long filters, long stride)
        {
            var shortcut = stride == 1 ? input : sketch.Norm(sketch.Conv(input, channels, filters, 1, stride), filters);
            var output = sketch.Norm(sketch.Conv(sketch.ConvNormRelu(input, channels, filters, stride: stride), filters, filters), filters);
            return sketch.Relu(sketch.Node("Add", [output, shortcut]));
        }
    }

    [TestMethod]
    public void A_network_with_folded_normalisations_hidden_layers_and_untransposed_matrices_computes_the_same()
    {
        var sketch = new OnnxSketch(1, 3, 16, 16);
        var value = sketch.Relu(sketch.Conv(sketch.Input, 3, 8, stride: 2, bias: true));
        value = sketch.Relu(sketch.Conv(value, 8, 8, groups: 8, bias: true));
        value = sketch.Flatten(sketch.Relu(sketch.Conv(value, 8, 4, size: 1, bias: true)));
        value = sketch.Relu(sketch.Gemm(value, 4 * 8 * 8, 9));
        value = sketch.Node("Add", [sketch.Node("MatMul", [value, sketch.Weights(9, 3)]), sketch.Weights(3)]);
        var trained = AssertComputesTheSame(sketch.Output(value));
        Assert.IsNull(trained.Weights.Find("stage1.block1.layer1" + WeightTable.NormScale));
    }

    [TestMethod]
    public void Paddings_of_the_lower_side_that_see_the_same_pixels_are_read()
    {
        // As CNTK writes a stride of 2 over an even size: one pixel before, none after.
        var sketch = new OnnxSketch(1, 3, 32, 32);
        var value = sketch.Node(
            "Conv", [sketch.Input, sketch.Weights(4, 3, 3, 3)], new OnnxAttribute("kernel_shape", [3L, 3]), new OnnxAttribute("pads", [1L, 1, 0, 0]), new OnnxAttribute("strides", [2L, 2]));
        value = sketch.Node(
            "MaxPool", [sketch.Relu(value)], new OnnxAttribute("kernel_shape", [3L, 3]), new OnnxAttribute("pads", [1L, 1, 0, 0]), new OnnxAttribute("strides", [2L, 2]));
        AssertComputesTheSame(sketch.Output(sketch.Classifier(value, 4, 3)));

        var other = new OnnxSketch(1, 3, 33, 33);
        var odd = other.Node(
            "Conv", [other.Input, other.Weights(4, 3, 3, 3)], new OnnxAttribute("kernel_shape", [3L, 3]), new OnnxAttribute("pads", [1L, 1, 0, 0]), new OnnxAttribute("strides", [2L, 2]));
        Assert.Contains("pads by [1, 1, 0, 0] pixels", Assert.ThrowsExactly<FormatException>(other.Output(other.Classifier(odd, 4, 3)).Read).Message);
    }

    [TestMethod]
    public void A_normalisation_at_the_start_becomes_the_expected_statistics_of_images()
    {
        using var folder = new TempFolder();
        var network = new ConvNet { Name = "net", Input = new(3, 32, 32), Classes = 3, Stages = [Stage.Repeat(Block.Convolution(4), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(8), 1)] };
        var layout = NetworkLayout.Of(network);
        File.WriteAllBytes(folder["net.onnx"], OnnxWriter.Classifier(layout, RandomWeights.Of(layout), new([120, 110, 100], [50, 60, 70]), []));
        var read = PretrainedReader.Open(folder["net.onnx"]);
        for (var channel = 0; channel < 3; channel++)
        {
            Assert.AreEqual(120 - (10 * channel), read.Input.Statistics.Mean[channel], 1e-3);
            Assert.AreEqual(50 + (10 * channel), read.Input.Statistics.StandardDeviation[channel], 1e-3);
        }
        Assert.HasCount(3, read.Unnormalised());
        // The writer folds; the network that is read back computes the same.
        var images = RandomWeights.Images(network.Input);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(RandomWeights.Outputs(network, RandomWeights.Of(layout), images), RandomWeights.Outputs(read.Network, read.Weights, images)));
    }

    [TestMethod]
    [DataRow(0f, 1f)]
    [DataRow(0f, 0.999992f)]
    [DataRow(1.5f, 1.25f)]
    public void A_normalisation_of_this_library_is_of_bytes_whatever_its_figures(float mean, float deviation)
    {
        using var folder = new TempFolder();
        var layout = NetworkLayout.Of(new ConvNet { Name = "net", Input = new(3, 16, 16), Classes = 3, Stages = [Stage.Repeat(Block.Convolution(4), 2, new MaxPool(2, 2))] });
        File.WriteAllBytes(folder["net.onnx"], OnnxWriter.Classifier(layout, RandomWeights.Of(layout), new([mean, mean, mean], [deviation, deviation, deviation]), []));
        var input = PretrainedReader.Open(folder["net.onnx"]).Input;
        Assert.IsFalse(input.IsAssumed);
        for (var channel = 0; channel < 3; channel++)
        {
            Assert.AreEqual(mean, input.Statistics.Mean[channel], 1e-5f);
            Assert.AreEqual(deviation, input.Statistics.StandardDeviation[channel], 1e-5f);
        }
    }

    [TestMethod]
    public void Weights_that_are_not_in_the_file_are_named()
    {
        var sketch = new OnnxSketch(1, 3, 16, 16);
        var model = sketch.Output(sketch.Classifier(sketch.ConvNormRelu(sketch.Input, 3, 4), 4, 2)).Model();
        model.Graph.Initializer[0].RawData = ByteString.Empty;
        var error = Assert.ThrowsExactly<FormatException>(() => OnnxNetwork.ReadWithWeights(new MemoryStream(model.ToByteArray()), "The file"));
        Assert.Contains("of 108 numbers, of which the file holds 0", error.Message);
    }

    private static OnnxTrainedNetwork AssertComputesTheSame(OnnxSketch sketch, float epsilon = 1e-5f)
    {
        var model = sketch.Model();
        var random = new Random(5);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float))
        {
            // Positive in part: variances among them must be.
            var values = Enumerable.Range(0, tensor.RawData.Length / sizeof(float)).Select(_ => tensor.Dims.Count == 1 ? random.NextSingle() + 0.01f : random.NextSingle() - 0.5f).ToArray();
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        foreach (var attribute in model.Graph.Node.Where(node => node.OpType == "BatchNormalization").SelectMany(node => node.Attribute).Where(attribute => attribute.Name == "epsilon"))
            attribute.F = epsilon;
        var content = model.ToByteArray();
        var trained = OnnxNetwork.ReadWithWeights(new MemoryStream(content), "The file");
        var images = RandomWeights.Images(trained.Network.Input);
        using var session = new InferenceSession(content);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], new DenseTensor<float>(images, [1, 3, trained.Network.Input.Height, trained.Network.Input.Width]))]);
        // Projections without a normalisation in the file get one that changes nothing.
        var layout = NetworkLayout.Of(trained.Network);
        var weights = WeightMatch.Of(layout, RandomWeights.Of(layout), trained.Weights);
        Assert.IsEmpty(weights.Unmatched);
        Assert.IsLessThan(1e-5, RandomWeights.Difference([.. results[0].AsEnumerable<float>()], RandomWeights.Outputs(trained.Network, weights.Weights, images)));
        return trained;
    }
}
