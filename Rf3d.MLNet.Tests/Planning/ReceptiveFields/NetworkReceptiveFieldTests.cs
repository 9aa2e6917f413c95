using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.ReceptiveFields;

[TestClass]
public class NetworkReceptiveFieldTests
{
    [TestMethod]
    public void Table_1_third_stage_of_Variant_3()
    {
        var stage = StageReceptiveField.Of(Stage.Repeat(Block.Convolution(256), 3), new TensorShape(128, 8, 8), new());
        CollectionAssert.AreEqual(new long[] { 1152, 3200, 6272 }, stage.Blocks.Select(block => block.Field.Volume).ToArray());
        Assert.IsNull(stage.Blocks[0].Gain);
        // (3200 - 1152) / 1152 · exp(-3 · 1152 / 8192) = 1.7778 · 0.6558; the paper prints 1.17.
        Assert.AreEqual(1.1659, Math.Round(stage.Blocks[1].Gain!.Value, 4));
        Assert.AreEqual(0.2974, Math.Round(stage.Blocks[2].Gain!.Value, 4));
    }

    [TestMethod]
    public void Table_2_gain_of_one_more_unit_in_each_stage_of_Vgg11()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg11, 32, 32, 10);
        var gains = Enumerable.Range(0, 5).Select(stage =>
        {
            var grown = network with { Stages = network.Stages.SetItem(stage, network.Stages[stage].Grow()) };
            return Math.Round(NetworkReceptiveField.Measure(grown).Stages[stage].Blocks[^1].Gain!.Value, 4);
        });
        CollectionAssert.AreEqual(new[] { 1.7315, 1.5998, 0.2974, 0.0, 0.0 }, gains.ToArray());
    }

    [TestMethod]
    public void Pooling_on_a_shortcut_counts_where_it_sees_more_than_the_kernels()
    {
        var unit = new Block { Layers = [new Convolution { Filters = 8, Size = 1, Stride = new Size2D(2, 3) }], Residual = true };
        Assert.AreEqual(new ReceptiveField(1, 1, 4), FieldOf(unit));
        Assert.AreEqual(new ReceptiveField(2, 3, 4), FieldOf(unit with { Downsampling = ResidualDownsampling.AveragePooling }));
        var basic = Block.Basic(8, stride: 2);
        Assert.AreEqual(FieldOf(basic), FieldOf(basic with { Downsampling = ResidualDownsampling.AveragePooling }));
        // The stages of a ResNet-D get maps of the same size as those of a ResNet.
        Assert.AreEqual(
            NetworkReceptiveField.Measure(ConvNetFactory.Create(Architecture.ResNet50, 224, 224, 10)).TotalGain,
            NetworkReceptiveField.Measure(ConvNetFactory.Create(Architecture.ResNet50D, 224, 224, 10)).TotalGain);

        static ReceptiveField FieldOf(Block block) => StageReceptiveField.Of(new() { Blocks = [block] }, new TensorShape(4, 12, 12), new()).Blocks[0].Field;
    }

    [TestMethod]
    public void Height_and_width_grow_and_saturate_apart()
    {
        var stage = Stage.Repeat(Block.Convolution(8, size: new Size2D(1, 7)), 2);
        var clamped = StageReceptiveField.Of(stage, new TensorShape(4, 5, 9), new());
        Assert.AreEqual(new ReceptiveField(1, 7, 4), clamped.Blocks[0].Field);
        Assert.AreEqual(new ReceptiveField(1, 9, 4), clamped.Blocks[1].Field);
        var unclamped = StageReceptiveField.Of(stage, new TensorShape(4, 5, 9), new() { Clamping = ReceptiveFieldClamping.Unclamped });
        Assert.AreEqual(new ReceptiveField(1, 13, 4), unclamped.Blocks[1].Field);
    }

    [TestMethod]
    public void One_dimensional_signals_have_a_field_of_width_times_channels()
    {
        // Eq. 4 with d = 1: a signal of 20 samples in 6 channels.
        var stage = Stage.Repeat(Block.Convolution(8, size: new Size2D(1, 3)), 2);
        var field = StageReceptiveField.Of(stage, new TensorShape(6, 1, 20), new());
        CollectionAssert.AreEqual(new long[] { 3 * 6, 5 * 6 }, field.Blocks.Select(block => block.Field.Volume).ToArray());
        // Eq. 7: (30 - 18) / 18 · exp(-3 · 18 / 120).
        Assert.AreEqual(12 / 18.0 * Math.Exp(-3 * 18 / 120.0), field.Blocks[1].Gain!.Value, 1e-15);
    }

    [TestMethod]
    public void Dilation_widens_the_field_and_a_depthwise_kernel_alone_sees_one_channel()
    {
        var stage = new Stage { Blocks = [new Block { Layers = [new DepthwiseConvolution { Size = 3, Dilation = 2 }] }, Block.DepthwiseSeparable(8)] };
        var field = StageReceptiveField.Of(stage, new TensorShape(6, 32, 32), new());
        Assert.AreEqual(new ReceptiveField(5, 5, 1), field.Blocks[0].Field);
        Assert.AreEqual(new ReceptiveField(7, 7, 6), field.Blocks[1].Field);
    }

    [TestMethod]
    public void Alpha_must_be_positive_and_changes_the_decay()
    {
        foreach (var alpha in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReceptiveFieldOptions { Alpha = alpha });
        var network = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        Assert.IsGreaterThan(NetworkReceptiveField.Measure(network).TotalGain, NetworkReceptiveField.Measure(network, new() { Alpha = 1 }).TotalGain);
    }
}
