using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Networks;

[TestClass]
public class ConvNetTests
{
    internal static ConvNet Mixed => new()
    {
        Name = "mixed",
        Input = new TensorShape(3, 33, 47),
        Classes = 5,
        Stem = new Stage { Blocks = [Block.Convolution(12, size: new Size2D(1, 7), stride: new Size2D(1, 2))], Pool = new MaxPool(3, 2, 1) },
        Stages =
        [
            Stage.Repeat(Block.Convolution(16, size: new Size2D(7, 1), dilation: 2), 2, new MaxPool(2, 2)),
            Stage.Repeat(Block.DepthwiseSeparable(24, size: 5, stride: new Size2D(2, 1)), 2),
            Stage.Repeat(Block.Basic(32, stride: 2), 2),
            Stage.Repeat(Block.Bottleneck(8, size: new Size2D(3, 5), stride: 1, dilation: new Size2D(1, 2)), 2),
        ],
        Head = new Head { HiddenLayers = [20], Dropout = 0.25 },
    };

    [TestMethod]
    public void Shapes_follow_size_stride_and_dilation_on_each_axis_alone()
    {
        var layout = NetworkLayout.Of(Mixed);
        // Stem 1x7 stride 1x2 with padding 0x3: 33, (47 + 6 - 7) / 2 + 1 = 24; pool 3 stride 2 padding 1: 17, 12.
        Assert.AreEqual(new TensorShape(12, 17, 12), layout.Stem!.Output);
        // 7x1 dilated by 2, padded by 6x0, keeps the size; pool 2: 8, 6.
        Assert.AreEqual(new TensorShape(16, 8, 6), layout.Stages[0].Output);
        // 5x5 stride 2x1: (8 + 4 - 5) / 2 + 1 = 4, 6.
        Assert.AreEqual(new TensorShape(24, 4, 6), layout.Stages[1].Output);
        Assert.AreEqual(new TensorShape(32, 2, 3), layout.Stages[2].Output);
        // 8 · 4 = 32 channels at stride 1: the shape stays, so the shortcut is the identity.
        Assert.AreEqual(new TensorShape(32, 2, 3), layout.Stages[3].Output);
        Assert.IsNotNull(layout.Stages[2].Blocks[0].Projection);
        Assert.IsNull(layout.Stages[2].Blocks[1].Projection);
        Assert.IsNull(layout.Stages[3].Blocks[0].Projection);
    }

    [TestMethod]
    public void Cost_of_a_small_network_equals_the_count_by_hand()
    {
        var network = new ConvNet
        {
            Input = new TensorShape(3, 8, 8),
            Classes = 10,
            Stages = [new Stage { Blocks = [Block.Convolution(4), Block.DepthwiseSeparable(6, stride: 2)] }],
        };
        var cost = network.GetCost();
        // Convolution 3·9·4 weights and 2·4 for batch norm; depthwise 4·9 + 8; pointwise 4·6 + 12; linear 6·10 + 10.
        Assert.AreEqual((108 + 8) + (36 + 8) + (24 + 12) + 70, cost.Parameters);
        Assert.AreEqual((108 * 64) + (36 * 16) + (24 * 16) + 60, cost.Macs);
    }

    [TestMethod]
    public void Json_round_trips_to_an_equal_network()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            var network = ConvNetFactory.Create(architecture, 64, 36, 9, 0.5);
            Assert.AreEqual(network, ConvNet.FromJson(network.ToJson()), architecture.ToString());
        }
        Assert.AreEqual(Mixed, ConvNet.FromJson(Mixed.ToJson()));
        // Left out where it is the default, so that networks without it have the JSON that they had.
        Assert.DoesNotContain("downsampling", Mixed.ToJson());
        Assert.Contains("\"downsampling\": \"AveragePooling\"", ConvNetFactory.Create(Architecture.ResNet18D, 64, 36, 9).ToJson());
        Assert.AreNotEqual(Mixed, ConvNet.FromJson(Mixed.ToJson()) with { Classes = 6 });
    }

    [TestMethod]
    [DataRow("{", "JSON")]
    [DataRow("null", "null")]
    [DataRow("{}", "input")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[]}""", "stage")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"wavelet"}]}]}]}""", "wavelet")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"convolution","filters":0}]}]}]}""", "filters")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"colour":1,"stages":[]}""", "colour")]
    [DataRow("""{"input":{"channels":0,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise"}]}]}]}""", "channel")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[null]}]}""", "unit")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise"}]}],"pool":{"type":"max","size":{"height":2,"width":2}}}]}""", "Stride")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise","activation":77}]}]}]}""", "activation")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise"}],"residual":true,"downsampling":"Median"}]}]}""", "downsampling")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise","dilation":{"height":2147483647,"width":1}}]}]}]}""", "Dilation")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"rollingPointwise","filters":8,"groups":1}]}]}]}""", "at least 2 groups")]
    [DataRow("""{"input":{"channels":8,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"channelShuffle","groups":3}]}]}]}""", "3 groups, which do not divide its 8 input channels")]
    [DataRow("""{"input":{"channels":3,"height":8,"width":8},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"convolution","filters":2147483647}]}]}]}""", "Filters")]
    [DataRow("""{"input":{"channels":9999,"height":30000,"width":30000},"classes":2,"stages":[{"blocks":[{"layers":[{"type":"depthwise"}]}]}],"head":{"pooling":"Flatten"}}""", "values in a row")]
    public void Bad_json_is_refused_with_the_reason(string json, string word)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => ConvNet.FromJson(json));
        Assert.Contains(word, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod]
    public void A_network_that_runs_out_of_pixels_names_the_unit()
    {
        var network = Mixed with { Input = new TensorShape(3, 8, 8), Stages = [Stage.Repeat(Block.Convolution(4), 1, new MaxPool(5, 5)), Stage.Repeat(Block.Convolution(4), 1, new MaxPool(5, 5))] };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost());
        Assert.Contains("stage1.pool", error.Message);
        Assert.Contains("height", error.Message);
    }

    [TestMethod]
    public void Pooled_projections_round_sizes_up_and_cost_what_strided_ones_cost()
    {
        var network = Mixed with { Stem = null, Input = new TensorShape(8, 33, 47), Stages = [Stage.Repeat(Block.Basic(32, stride: new Size2D(2, 3)), 2)] };
        var pooled = network with { Stages = [Stage.Repeat(Block.Basic(32, stride: new Size2D(2, 3)) with { Downsampling = ResidualDownsampling.AveragePooling }, 2)] };
        var block = NetworkLayout.Of(pooled).Stages[0].Blocks[0];
        Assert.AreEqual(new Size2D(2, 3), block.ProjectionPool);
        Assert.AreEqual(new TensorShape(8, 17, 16), block.Projection!.Input);
        Assert.AreEqual(new TensorShape(32, 17, 16), block.Projection.Output);
        Assert.AreEqual(network.GetCost().Macs, pooled.GetCost().Macs);
        Assert.AreEqual(network.GetCost().Parameters, pooled.GetCost().Parameters);
        Assert.IsNull(NetworkLayout.Of(network).Stages[0].Blocks[0].ProjectionPool);
        Assert.AreNotEqual(network, pooled);
        var unknown = network with { Stages = [new() { Blocks = [Block.Basic(32) with { Downsampling = (ResidualDownsampling)7 }] }] };
        Assert.Contains("stage1.block1 has a shortcut that is downsampled by 7", Assert.ThrowsExactly<InvalidOperationException>(() => unknown.GetCost()).Message);
    }

    [TestMethod]
    public void A_shortcut_that_cannot_fit_names_the_unit()
    {
        // An even kernel shortens the image by one pixel, which no 1x1 projection does.
        var network = Mixed with { Stages = [Stage.Repeat(Block.Basic(8, size: 2), 1)] };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost());
        Assert.Contains("stage1.block1 has a shortcut", error.Message);
    }
}
