using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Architectures;

[TestClass]
public class ConvNetFactoryTests
{
    // ImageNet: the parameter counts that torchvision publishes for its own implementations, timm for ResNet-D (11.71, 16.01, 21.82, 25.58 and 44.57 M); MobileNet:
    // the 4.23 M of the paper's Table 5.
    [TestMethod]
    [DataRow(Architecture.Vgg11, 132_863_336L)]
    [DataRow(Architecture.Vgg13, 133_047_848L)]
    [DataRow(Architecture.Vgg16, 138_357_544L)]
    [DataRow(Architecture.Vgg19, 143_667_240L)]
    [DataRow(Architecture.MobileNet, 4_231_976L)]
    [DataRow(Architecture.ResNet18, 11_689_512L)]
    [DataRow(Architecture.ResNet34, 21_797_672L)]
    [DataRow(Architecture.ResNet50, 25_557_032L)]
    [DataRow(Architecture.ResNet101, 44_549_160L)]
    [DataRow(Architecture.ResNet152, 60_192_808L)]
    [DataRow(Architecture.ResNet18D, 11_708_744L)]
    [DataRow(Architecture.ResNet26D, 16_014_408L)]
    [DataRow(Architecture.ResNet34D, 21_816_904L)]
    [DataRow(Architecture.ResNet50D, 25_576_264L)]
    [DataRow(Architecture.ResNet101D, 44_568_392L)]
    public void ImageNet_form_has_the_published_number_of_parameters(Architecture architecture, long parameters) =>
        Assert.AreEqual(parameters, ConvNetFactory.Create(architecture, 224, 224, 1000).GetCost().Parameters);

    [TestMethod]
    [DataRow(Architecture.Vgg16, 10, 14_728_266L, 313.2)]
    [DataRow(Architecture.Vgg19, 10, 20_040_522L, 398.1)]
    [DataRow(Architecture.ResNet50, 10, 23_520_842L, 1297.8)]
    [DataRow(Architecture.MobileNet, 10, 3_217_226L, 46.4)]
    public void Cifar_form_has_the_cost_of_Table_3(Architecture architecture, int classes, long parameters, double millionMacs)
    {
        var cost = ConvNetFactory.Create(architecture, 32, 32, classes).GetCost();
        Assert.AreEqual(parameters, cost.Parameters);
        Assert.AreEqual(millionMacs, Math.Round(cost.Macs / 1e6, 1));
    }

    // Table 4 prints parameters in millions with two decimals.
    [TestMethod]
    [DataRow(Architecture.Vgg16, 34.02)]
    [DataRow(Architecture.Vgg19, 39.33)]
    [DataRow(Architecture.MobileNet, 3.31)]
    [DataRow(Architecture.ResNet50, 23.71)]
    public void Cifar_form_with_100_classes_has_the_parameters_of_Table_4(Architecture architecture, double millions) =>
        Assert.AreEqual(millions, Math.Round(ConvNetFactory.Create(architecture, 32, 32, 100).GetCost().Parameters / 1e6, 2));

    [TestMethod]
    public void Table_6_baseline_and_its_form_with_depthwise_and_pointwise_kernels()
    {
        int[] depths = [4, 3, 2, 3, 1];
        var vgg = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        var baseline = vgg with { Stages = [.. vgg.Stages.Zip(depths, (stage, depth) => Stage.Repeat(stage.Blocks[0], depth, stage.Pool))] };
        Assert.AreEqual((9.638, 369.8), Rounded(baseline));

        // Every 3×3 convolution but the first, which sees the image, becomes DW+PW of the same width.
        var first = baseline.Stages[0].Blocks[0];
        var separable = baseline with
        {
            Stages =
            [
                .. baseline.Stages.Select(stage => stage with
                {
                    Blocks = [.. stage.Blocks.Select(block => Separable(((Convolution)block.Layers[0]).Filters))],
                }),
            ],
        };
        separable = separable with { Stages = separable.Stages.SetItem(0, separable.Stages[0] with { Blocks = separable.Stages[0].Blocks.SetItem(0, first) }) };
        Assert.AreEqual((1.112, 45.6), Rounded(separable));

        static Block Separable(int filters) => Block.DepthwiseSeparable(filters);
        static (double Parameters, double Macs) Rounded(ConvNet network) =>
            (Math.Round(network.GetCost().Parameters / 1e6, 3), Math.Round(network.GetCost().Macs / 1e6, 1));
    }

    [TestMethod]
    public void Every_architecture_describes_itself_at_every_common_size()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            foreach (var (height, width) in new[] { (8, 8), (28, 28), (32, 32), (64, 36), (64, 64), (96, 96), (128, 224), (224, 224) })
            {
                foreach (var multiplier in new[] { 0.25, 1, 1.5 })
                {
                    var cost = ConvNetFactory.Create(architecture, height, width, 7, multiplier).GetCost();
                    Assert.IsTrue(cost.Parameters > 0 && cost.Macs > 0, $"{architecture} {height}x{width} x{multiplier}");
                    Assert.AreEqual(cost.Parameters, cost.Layers.Sum(layer => layer.Parameters));
                }
            }
        }
    }

    [TestMethod]
    public void Width_multiplier_scales_channels_in_steps_of_8()
    {
        var half = ConvNetFactory.Create(Architecture.MobileNet, 32, 32, 10, 0.5);
        Assert.AreEqual("MobileNet x0.5", half.Name);
        // Halving every width quarters the pointwise convolutions, which are nearly all of MobileNet.
        var ratio = (double)half.GetCost().Macs / ConvNetFactory.Create(Architecture.MobileNet, 32, 32, 10).GetCost().Macs;
        Assert.IsInRange(0.25, 0.30, ratio);
        var layers = half.Stages.SelectMany(stage => stage.Blocks).SelectMany(block => block.Layers).OfType<Convolution>();
        Assert.IsTrue(layers.All(layer => layer.Filters % 8 == 0));
    }

    [TestMethod]
    [DataRow(0, 32, 10, 1.0)]
    [DataRow(32, -1, 10, 1.0)]
    [DataRow(32, 32, 0, 1.0)]
    [DataRow(32, 32, 10, 0.0)]
    [DataRow(32, 32, 10, double.NaN)]
    public void Values_out_of_range_are_refused(int height, int width, int classes, double multiplier) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConvNetFactory.Create(Architecture.Vgg11, height, width, classes, multiplier));
}
