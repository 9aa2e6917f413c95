using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet.Tests.Onnx;

[TestClass]
public sealed class OnnxGraphBuilderTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void OnnxRuntime_runs_a_built_graph_with_any_batch_size(int batch)
    {
        var graph = new OnnxGraphBuilder("linear");
        graph.AddInput("x", "batch", 2);
        graph.AddInitializer("w", [2, 3], [1f, 2f, 3f, 4f, 5f, 6f]);
        graph.AddInitializer("b", [3], [0.5f, -0.5f, 0f]);
        graph.AddNode("Gemm", ["x", "w", "b"], ["y"], new OnnxAttribute("alpha", 2f), new OnnxAttribute("transB", 0));
        graph.AddOutput("y", "batch", 3);

        var input = Enumerable.Range(0, batch * 2).Select(i => (float)i).ToArray();
        var output = Run(graph.Build(), input, [batch, 2]);

        CollectionAssert.AreEqual(new[] { batch, 3 }, output.Dimensions.ToArray());
        for (var row = 0; row < batch; row++)
        {
            float x0 = input[row * 2], x1 = input[(row * 2) + 1];
            Assert.AreEqual((2 * ((1 * x0) + (4 * x1))) + 0.5f, output[row, 0]);
            Assert.AreEqual((2 * ((2 * x0) + (5 * x1))) - 0.5f, output[row, 1]);
            Assert.AreEqual(2 * ((3 * x0) + (6 * x1)), output[row, 2]);
        }
    }

    [TestMethod]
    public void Every_kind_of_attribute_and_integer_initializers_reach_OnnxRuntime()
    {
        var graph = new OnnxGraphBuilder("attributes");
        graph.AddInput("x", 1, 1, 2, 2);
        graph.AddNode("MaxPool", ["x"], ["pooled"], new OnnxAttribute("kernel_shape", 2, 2), new OnnxAttribute("auto_pad", "SAME_UPPER"));
        graph.AddNode("LeakyRelu", ["pooled"], ["activated"], new OnnxAttribute("alpha", 0f));
        graph.AddInitializer("shape", [1], [-1L]);
        graph.AddNode("Reshape", ["activated", "shape"], ["y"], new OnnxAttribute("allowzero", 0));
        graph.AddOutput("y", 4);

        var output = Run(graph.Build(), [-1f, -2f, -3f, 4f], [1, 1, 2, 2]);

        CollectionAssert.AreEqual(new[] { 4f, 4f, 4f, 4f }, output.ToArray());
    }

    [TestMethod]
    public void A_built_model_names_its_producer_operator_set_and_metadata()
    {
        var graph = new OnnxGraphBuilder("identity");
        graph.AddInput("x", 1);
        graph.AddNode("Identity", ["x"], ["y"]);
        graph.AddOutput("y", 1);
        graph.AddMetadata("color", "blue");

        var bytes = graph.Build();
        var model = ModelProto.Parser.ParseFrom(bytes);
        using var session = new InferenceSession(bytes);

        Assert.AreEqual("Rf3d.MLNet", session.ModelMetadata.ProducerName);
        Assert.AreEqual("blue", session.ModelMetadata.CustomMetadataMap["color"]);
        Assert.AreNotEqual("", model.ProducerVersion);
        Assert.AreEqual(8, model.IrVersion);
        Assert.AreEqual(OnnxGraphBuilder.OperatorSet, model.OpsetImport.Single().Version);
    }

    [TestMethod]
    public void A_name_defined_twice_is_refused()
    {
        var graph = new OnnxGraphBuilder("twice");
        graph.AddInput("x", 1);

        Assert.ThrowsExactly<ArgumentException>(() => graph.AddNode("Identity", ["x"], ["x"]));
    }

    [TestMethod]
    public void An_undefined_input_is_refused_with_the_name_of_the_node()
    {
        var graph = new OnnxGraphBuilder("undefined");
        graph.AddNode("Identity", ["missing"], ["y"]);
        graph.AddOutput("y", 1);

        var failure = Assert.ThrowsExactly<InvalidOperationException>(graph.Build);

        StringAssert.Contains(failure.Message, "missing");
        StringAssert.Contains(failure.Message, "Identity");
    }

    [TestMethod]
    public void An_output_that_no_node_makes_is_refused()
    {
        var graph = new OnnxGraphBuilder("nothing");
        graph.AddOutput("y", 1);

        Assert.ThrowsExactly<InvalidOperationException>(graph.Build);
    }

    [TestMethod]
    public void Weights_that_do_not_fill_their_dimensions_are_refused()
    {
        var graph = new OnnxGraphBuilder("mismatch");

        Assert.ThrowsExactly<ArgumentException>(() => graph.AddInitializer("w", [2, 2], [1f, 2f, 3f]));
    }

    private static DenseTensor<float> Run(byte[] model, float[] input, int[] dimensions)
    {
        using var session = new InferenceSession(model);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(input, dimensions))]);
        return (DenseTensor<float>)results[0].AsTensor<float>().ToDenseTensor().Clone();
    }
}
