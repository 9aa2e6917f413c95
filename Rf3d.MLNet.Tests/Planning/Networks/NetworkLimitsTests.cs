using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Networks;

/// <summary>Numbers beyond all networks are errors that name the number, not overflows, and nothing takes long.</summary>
[TestClass]
public class NetworkLimitsTests
{
    private static readonly ConvNet Small = ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10);

    [TestMethod]
    [DataRow(int.MaxValue, 32, 10, "imageHeight")]
    [DataRow(32, 32_769, 10, "imageWidth")]
    [DataRow(32, 32, int.MaxValue, "classes")]
    public void Sizes_and_classes_have_limits(int height, int width, int classes, string name) =>
        Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConvNetFactory.Create(Architecture.ResNet18, height, width, classes)).ParamName);

    [TestMethod]
    [DataRow(999_999_999)]
    [DataRow(1001)]
    [DataRow(0)]
    public void Depths_have_limits(int depth)
    {
        Assert.AreEqual("depths", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Small.WithStageDepths(depth, 1, 1, 1)).ParamName);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Stage.Repeat(Block.Convolution(8), depth));
    }

    [TestMethod]
    public void The_deepest_stage_is_measured() => Assert.AreEqual(1000, Small.WithStageDepths(1000, 1, 1, 1).GetStageDepths()[0]);

    [TestMethod]
    public void Every_network_of_the_catalogue_has_a_cost_at_the_largest_size_or_an_error_that_names_it()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            try
            {
                Assert.IsGreaterThan(0, ConvNetFactory.Create(architecture, 32_768, 32_768, 1_048_576, 16).GetCost().Macs);
            }
            catch (InvalidOperationException error)
            {
                Assert.Contains("values in a row", error.Message);
            }
        }
    }

    [TestMethod]
    public void An_input_beyond_the_limits_is_named()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => (Small with { Input = new(3, int.MaxValue, 32) }).GetCost());
        Assert.Contains("2147483647x32x3", error.Message);
        Assert.Contains("at most 32768", error.Message);
        Assert.Contains("2147483647 classes", Assert.ThrowsExactly<InvalidOperationException>(() => (Small with { Classes = int.MaxValue }).GetCost()).Message);
    }

    [TestMethod]
    public void A_kernel_whose_cost_overflows_is_named()
    {
        var network = Small with { Stem = null, Stages = [Stage.Repeat(Block.Convolution(1 << 20, size: 4096), 2)], Input = new(3, 4096, 4096) };
        Assert.StartsWith("stage1.block1.layer1 takes more multiply-accumulates", Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost()).Message);
        Assert.Contains("stage1.block1.layer1", Assert.ThrowsExactly<FormatException>(() => ConvNet.FromJson(network.ToJson())).Message);
    }

    [TestMethod]
    public void A_sum_of_costs_that_overflows_is_an_error()
    {
        var network = Small with { Stem = null, Stages = [Stage.Repeat(Block.Convolution(1 << 11, size: 255), 10)], Input = new(3, 4096, 4096) };
        Assert.StartsWith("The network takes more multiply-accumulates", Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost()).Message);
    }

    [TestMethod]
    public void A_receptive_field_that_overflows_is_an_error()
    {
        // Each kernel sees 16 million pixels further.
        var wide = Stage.Repeat(new Block { Layers = [new DepthwiseConvolution { Size = 4095, Dilation = 4096 }] }, 1000);
        var network = new ConvNet { Input = new(3, 32_768, 32_768), Classes = 2, Stages = [wide] };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => NetworkReceptiveField.Measure(network, new() { Clamping = ReceptiveFieldClamping.Unclamped }));
        Assert.Contains("has more values than a 64-bit number", error.Message);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Channels_that_are_too_many_to_follow_are_an_error_before_memory_is_taken(bool isRolling)
    {
        Layer first = new Convolution { Filters = 1 << 20, Size = 1, Groups = 2 };
        Layer second = isRolling ? new RollingPointwiseConvolution { Filters = 1 << 20 } : new Convolution { Filters = 1 << 20, Size = 1, Groups = 1 << 19 };
        var network = new ConvNet { Input = new(4096, 2, 2), Classes = 2, Stages = [Stage.Repeat(new Block { Layers = [first, second] }, 1)] };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => NetworkReceptiveField.Measure(network));
        Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.StartsWith($"stage1.block1.layer2 needs {(isRolling ? 1_572_864 : 524_288)} sets of 4096 channels", error.Message);
    }

    [TestMethod]
    public void A_shortcut_around_huge_strides_is_named()
    {
        var strided = new Convolution { Filters = 8, Stride = 4096 };
        var network = Small with { Stem = null, Stages = [new Stage { Blocks = [new Block { Layers = [strided, strided, strided], Residual = true }] }], Input = new(3, 32_768, 32_768) };
        Assert.Contains("stage1.block1 has a shortcut around strides", Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost()).Message);
    }
}
