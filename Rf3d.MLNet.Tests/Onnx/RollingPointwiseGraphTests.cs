using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

[TestClass]
public class RollingPointwiseGraphTests
{
    [TestMethod]
    [DataRow(64, 4, 0.5)]
    [DataRow(512, 8, 1.0 / 3)]
    [DataRow(256, 2, 0.5)]
    public void OnnxRuntime_scatters_the_weights_when_it_loads_the_model(int channels, int groups, double overlap)
    {
        using var folder = new TempFolder();
        var rolling = File(new RollingPointwiseConvolution { Filters = channels, Groups = groups, Overlap = overlap, BatchNorm = false }, channels / groups);
        Assert.Contains("ScatterElements", Operators(rolling));
        foreach (var level in new[] { GraphOptimizationLevel.ORT_ENABLE_BASIC, GraphOptimizationLevel.ORT_ENABLE_ALL })
        {
            using var options = new SessionOptions { GraphOptimizationLevel = level, OptimizedModelFilePath = folder["optimized.onnx"] };
            // It warns that such a file suits this machine only.
            options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            new InferenceSession(rolling, options).Dispose();
            var left = Operators(System.IO.File.ReadAllBytes(folder["optimized.onnx"]));
            Assert.Contains("Conv", left);
            CollectionAssert.IsSubsetOf(left.Distinct().ToList(), new[] { "Conv", "Relu", "ReorderInput", "ReorderOutput" }, level.ToString());
        }
    }

    [TestMethod]
    [DataRow(256, 4)]
    [DataRow(512, 2)]
    [DataRow(2048, 2)]
    public void At_half_overlap_wide_kernels_are_stacked_and_their_weights_ordered_when_the_model_is_loaded(int channels, int groups)
    {
        using var folder = new TempFolder();
        var rolling = File(new RollingPointwiseConvolution { Filters = channels, Groups = groups, BatchNorm = false }, channels / groups);
        Assert.DoesNotContain("ScatterElements", Operators(rolling));
        using var options = new SessionOptions { OptimizedModelFilePath = folder["optimized.onnx"], LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        new InferenceSession(rolling, options).Dispose();
        // The gather of the channels is left, the one of the weights is not.
        Assert.HasCount(1, Operators(System.IO.File.ReadAllBytes(folder["optimized.onnx"])).Where(type => type == "Gather"));
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(8)]
    public void The_file_holds_the_kernels_own_weights_and_little_else(int groups)
    {
        const int Channels = 256;
        var rolling = File(new RollingPointwiseConvolution { Filters = Channels, Groups = groups, BatchNorm = false }, Channels / groups);
        var dense = File(new Convolution { Filters = Channels, Size = 1, BatchNorm = false }, Channels);
        var own = sizeof(float) * Channels * Channels / groups;
        Assert.IsGreaterThan(sizeof(float) * Channels * Channels, dense.Length);
        Assert.IsGreaterThan(own, rolling.Length);
        Assert.IsLessThan(own + 8000, rolling.Length);
    }

    /// <summary>The graph of a kernel alone, with any weights.</summary>
    private static byte[] File(ConvLayer layer, int channelsOfFilter)
    {
        var channels = layer is RollingPointwiseConvolution rolling ? rolling.Filters : ((Convolution)layer).Filters;
        var network = new ConvNet { Input = new(channels, 8, 8), Classes = 0, Stages = [new Stage { Blocks = [new Block { Layers = [layer] }] }], Head = null };
        var layout = NetworkLayout.Of(network);
        var weights = Enumerable.Range(0, channels * channelsOfFilter).Select(i => i % 7 - 3f).ToArray();
        var table = new WeightTable { [layout.Stages[0].Blocks[0].Layers[0].Name + WeightTable.Weight] = new([channels, channelsOfFilter, 1, 1], weights) };
        return OnnxWriter.Body(layout, table, 1, "input");
    }

    private static List<string> Operators(byte[] model) => ModelProto.Parser.ParseFrom(model).Graph.Node.Select(node => node.OpType).ToList();
}
