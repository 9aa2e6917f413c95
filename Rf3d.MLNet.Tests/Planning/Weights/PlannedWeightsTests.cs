using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Planning.Weights;

/// <summary>The initial weights of a network that was planned from a pretrained one.</summary>
[TestClass]
public class PlannedWeightsTests
{
    private static PlannedWeights Plan(ConvNet source, WeightTable weights, ConvNet planned)
    {
        var layout = NetworkLayout.Of(planned);
        return PlannedWeights.Of(NetworkLayout.Of(source), weights, layout, RandomWeights.Drawn(layout));
    }

    private static string Names(PlannedWeights weights, LayerOrigin origin) => string.Join(", ", weights.Trace.Where(layer => layer.Origin == origin).Select(layer => layer.Name));

    [TestMethod]
    [DataRow(Architecture.ResNet18, 32, DisplayName = "ResNet of basic units")]
    [DataRow(Architecture.ResNet18, 96, DisplayName = "ResNet with a pooled stem")]
    [DataRow(Architecture.ResNet50, 32, DisplayName = "ResNet of bottlenecks")]
    [DataRow(Architecture.ResNet18D, 75, DisplayName = "ResNet-D of basic units, odd sizes")]
    [DataRow(Architecture.ResNet26D, 32, DisplayName = "ResNet-D of bottlenecks")]
    [DataRow(Architecture.Vgg11, 32, DisplayName = "VGG with batch normalisation")]
    [DataRow(Architecture.Vgg11, 96, DisplayName = "VGG without")]
    [DataRow(Architecture.MobileNet, 32, DisplayName = "MobileNet")]
    public void Added_units_do_not_change_the_output_of_the_network(Architecture architecture, int size)
    {
        var network = ConvNetFactory.Create(architecture, size, size, 5, 0.125);
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var deeper = network.WithStageDepths([.. network.GetStageDepths().Select(depth => depth + 2)]);
        var planned = Plan(network, weights, deeper);
        var images = RandomWeights.Images(network.Input);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(RandomWeights.Outputs(network, weights, images), RandomWeights.Outputs(deeper, planned.Weights, images)));
        Assert.AreEqual("", Names(planned, LayerOrigin.New));
        Assert.AreEqual("", Names(planned, LayerOrigin.Dropped));
        Assert.AreEqual(NetworkLayout.Of(network).Layers.Count() + NetworkLayout.Of(network).Linears.Length, planned.Trace.Count(layer => layer.Origin == LayerOrigin.Kept));
        Assert.AreEqual(deeper.GetCost().Parameters, planned.Parameters);
        Assert.AreEqual(network.GetCost().Parameters, planned.KeptParameters);
    }

    [TestMethod]
    [DataRow(Activation.Relu6, "")]
    [DataRow(Activation.LeakyRelu, "LeakyRelu changes its input")]
    [DataRow(Activation.HardSwish, "HardSwish changes its input")]
    public void An_activation_that_changes_its_own_values_leaves_an_added_kernel_drawn(Activation activation, string reason)
    {
        var network = new ConvNet
        {
            Input = new(3, 8, 8), Classes = 2,
            Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 4, Activation = activation }] }, 1)],
        };
        var planned = Plan(network, RandomWeights.Of(NetworkLayout.Of(network)), network.WithStageDepths(2));
        Assert.AreEqual(reason.Length == 0 ? "" : "added; cannot begin as the identity: " + reason, planned.Trace.Single(layer => layer.Name == "stage1.block2.layer1").Detail ?? "");
        Assert.HasCount(reason.Length == 0 ? 1 : 0, planned.Unsettled);
    }

    [TestMethod]
    public void An_added_rolling_convolution_is_drawn_and_says_so()
    {
        var network = new ConvNet { Input = new(3, 8, 8), Classes = 2, Stages = [Stage.Repeat(Block.DepthwiseRolling(4), 1)] };
        network = network with { Stem = new Stage { Blocks = [Block.Convolution(4)] } };
        var planned = Plan(network, RandomWeights.Of(NetworkLayout.Of(network)), network.WithStageDepths(2));
        Assert.AreEqual("stage1.block2.layer1, stage1.block2.layer2", Names(planned, LayerOrigin.New));
        Assert.Contains("a RollingPointwiseConvolution mixes channels in an order of its own", planned.Trace.First(layer => layer.Origin == LayerOrigin.New).Detail!);
    }

    [TestMethod]
    public void Of_a_shortened_stage_the_last_units_are_dropped_and_the_rest_is_kept()
    {
        var network = ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 5, 0.125).WithStageDepths(2, 2, 2, 3);
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var planned = Plan(network, weights, network.WithStageDepths(3, 3, 2, 1) with { Classes = 7 });
        Assert.AreEqual(
            "stage4.block2.layer1, stage4.block2.layer2, stage4.block3.layer1, stage4.block3.layer2, head.classifier", Names(planned, LayerOrigin.Dropped));
        Assert.AreEqual("stage1.block3.layer1, stage1.block3.layer2, stage2.block3.layer1, stage2.block3.layer2", Names(planned, LayerOrigin.Identity));
        Assert.AreEqual("head.classifier", Names(planned, LayerOrigin.New));
        Assert.AreEqual("7x64 here, 5x64 in the source", planned.Trace.Single(layer => layer is { Name: "head.classifier", Origin: LayerOrigin.New }).Detail);
        CollectionAssert.AreEqual(weights["stage4.block1.projection.weight"].Values, planned.Weights["stage4.block1.projection.weight"].Values);
        Assert.IsEmpty(planned.Unsettled);
        Assert.IsGreaterThan(0.5, planned.KeptShare);
    }

    [TestMethod]
    [DataRow(128, 128)]
    [DataRow(224, 160)]
    [DataRow(288, 256)]
    public void The_first_linear_layer_of_a_VGG_reads_maps_of_any_size_as_behind_adaptive_average_pooling(int height, int width)
    {
        var network = ConvNetFactory.Create(Architecture.Vgg11, 224, 224, 5, 0.125);
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var resized = network with { Input = network.Input with { Height = height, Width = width } };
        var planned = Plan(network, weights, resized);
        Assert.AreEqual("", Names(planned, LayerOrigin.New));
        Assert.AreEqual("", Names(planned, LayerOrigin.Dropped));
        Assert.Contains("in place of 7x7x64", planned.Trace.Single(layer => layer.Name == "head.hidden1").Detail!);
        var images = RandomWeights.Images(resized.Input);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(PooledToSevenPixels(resized, weights, images), RandomWeights.Outputs(resized, planned.Weights, images)));
    }

    /// <summary>The logits of torchvision's VGG, which pools its last maps to 7×7 pixels.</summary>
    private static float[] PooledToSevenPixels(ConvNet network, WeightTable weights, float[] images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var maps = NetworkLayout.Of(network).Stages[^1].Output;
        using var pool = nn.AdaptiveAvgPool2d(7);
        var values = pool.call(tensor(RandomWeights.Outputs(network with { Head = null }, weights, images)).reshape(1, maps.Channels, maps.Height, maps.Width)).flatten(1);
        foreach (var hidden in new[] { "head.hidden1", "head.hidden2" })
            values = Linear(values, hidden).relu();
        return [.. Linear(values, "head.classifier").data<float>()];

        Tensor Linear(Tensor input, string name)
        {
            var weight = weights[name + WeightTable.Weight];
            return input.matmul(tensor(weight.Values).reshape(weight.Shape).t()).add(tensor(weights[name + WeightTable.Bias].Values));
        }
    }

    [TestMethod]
    public void A_channel_shuffle_at_the_end_of_a_stage_is_a_unit_like_others()
    {
        var shuffle = new Block { Layers = [new ChannelShuffle { Groups = 2 }] };
        var network = new ConvNet
        {
            Input = new(3, 8, 8), Classes = 2,
            Stages = [new Stage { Blocks = [Block.Convolution(4), shuffle] }, Stage.Repeat(Block.Convolution(4), 1)],
        };
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var deeper = network.WithStageDepths(2, 2);
        var planned = Plan(network, weights, deeper);
        Assert.AreEqual("stage2.block2.layer1", Names(planned, LayerOrigin.Identity));
        var images = RandomWeights.Images(network.Input);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(RandomWeights.Outputs(network, weights, images), RandomWeights.Outputs(deeper, planned.Weights, images)));
        Assert.AreEqual(ValueRange.NotNegative, ValueRanges.After(shuffle, ValueRange.NotNegative));
    }

    [TestMethod]
    public void Kernels_of_another_width_start_new_with_both_shapes()
    {
        var network = new ConvNet { Input = new(3, 8, 8), Classes = 2, Stages = [Stage.Repeat(Block.Convolution(8), 2)] };
        var planned = Plan(network, RandomWeights.Of(NetworkLayout.Of(network)), network with { Stages = [Stage.Repeat(Block.Convolution(4), 2)] });
        Assert.AreEqual("stage1.block1.layer1, stage1.block2.layer1, head.classifier", Names(planned, LayerOrigin.New));
        Assert.AreEqual("4x3x3x3 here, 8x3x3x3 in the source", planned.Trace[0].Detail);
        Assert.IsFalse(planned.HasSameFeatures);
    }

    [TestMethod]
    public void A_decomposed_kernel_starts_new_and_the_kernels_around_it_are_kept()
    {
        var network = ConvNetFactory.Create(Architecture.ResNet50, 32, 32, 5, 0.125);
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var plan = NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.DepthwisePointwise);
        var planned = Plan(network, weights, plan.Optimized);
        var replaced = planned.Trace.Where(layer => layer.Detail == "the pretrained network has other kernels here").ToList();
        Assert.IsNotEmpty(replaced, string.Join("; ", planned.Trace));
        Assert.IsTrue(replaced.All(layer => layer.Origin == LayerOrigin.New));
        Assert.IsNotEmpty(planned.Trace.Where(layer => layer.Origin == LayerOrigin.Dropped));
        // The 1x1 kernels before and after the kernel of the middle.
        Assert.AreEqual(LayerOrigin.Kept, planned.Trace.Single(layer => layer.Name == "stage1.block1.layer1").Origin);
        var last = NetworkLayout.Of(plan.Optimized).Stages[0].Blocks[0].Layers[^1].Name;
        CollectionAssert.AreEqual(weights["stage1.block1.layer3.weight"].Values, planned.Weights[last + WeightTable.Weight].Values);
    }

    [TestMethod]
    public void A_normalisation_that_the_source_lacks_is_to_be_measured()
    {
        // As in a file with folded normalisations: a projection has one in any case.
        var network = ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 5, 0.125);
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        foreach (var part in new[] { WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance })
            weights.Remove("stage2.block1.projection" + part);
        Assert.AreEqual("stage2.block1.projection", string.Join(", ", Plan(network, weights, network).Unsettled));
    }

    [TestMethod]
    public void A_settled_normalisation_has_the_measured_figures_and_computes_the_same()
    {
        var network = new ConvNet { Input = new(3, 8, 8), Classes = 2, Stages = [Stage.Repeat(Block.Convolution(4), 2)] };
        var weights = RandomWeights.Of(NetworkLayout.Of(network));
        var images = RandomWeights.Images(network.Input);
        var expected = RandomWeights.Outputs(network, weights, images);
        NormSettlement.Settle(weights, "stage1.block2.layer1", [1, -2, 3, 0], [4, 0.25f, 1, 9]);
        CollectionAssert.AreEqual(new[] { 4, 0.25f, 1, 9 }, weights["stage1.block2.layer1.norm.variance"].Values);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(expected, RandomWeights.Outputs(network, weights, images)));
    }

    [TestMethod]
    public void Inserted_normalisations_do_not_change_the_output_of_a_folded_network()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg11, 96, 96, 3, 0.125);
        var layout = NetworkLayout.Of(network);
        var weights = RandomWeights.Of(layout);
        var (changed, table) = (NormSettlement.Insert(network), NormSettlement.Insert(layout, weights));
        Assert.HasCount(8, NormSettlement.Folded(layout).ToList());
        Assert.IsTrue(NetworkLayout.Of(changed).Layers.All(node => node.Layer is ConvLayer { BatchNorm: true, Bias: false }));
        var images = RandomWeights.Images(network.Input);
        Assert.IsLessThan(1e-5, RandomWeights.Difference(RandomWeights.Outputs(network, weights, images), RandomWeights.Outputs(changed, table, images)));
    }
}
