using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Weights;

[TestClass]
public class WeightMatchTests
{
    private static readonly ConvNet Network = new()
    {
        Name = "small",
        Input = new TensorShape(3, 16, 16),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(8), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(16), 2)],
    };

    private static WeightTable Filled(NetworkLayout layout, float value)
    {
        var table = new WeightTable();
        foreach (var node in layout.Layers)
        {
            var shape = new long[] { node.Output.Channels, node.Input.Channels, 3, 3 };
            Set(node.Name + WeightTable.Weight, shape);
            foreach (var part in new[] { WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance })
                Set(node.Name + part, [node.Output.Channels]);
        }
        foreach (var node in layout.Linears)
        {
            Set(node.Name + WeightTable.Weight, [node.Outputs, node.Inputs]);
            Set(node.Name + WeightTable.Bias, [node.Outputs]);
        }
        return table;

        void Set(string name, long[] shape) => table[name] = new(shape, [.. Enumerable.Repeat(value, (int)shape.Aggregate((a, b) => a * b))]);
    }

    [TestMethod]
    public void Layers_that_the_plan_kept_take_over_and_the_rest_is_listed()
    {
        // The organizer took a unit from the first stage and gave the second one more; the data has other classes.
        var planned = NetworkLayout.Of(Network.WithStageDepths(1, 3) with { Classes = 7 });
        var match = WeightMatch.Of(planned, Filled(planned, 1), Filled(NetworkLayout.Of(Network), 2));
        CollectionAssert.AreEqual(new[] { "stage1.block1.layer1", "stage2.block1.layer1", "stage2.block2.layer1" }, match.Matched.ToList());
        CollectionAssert.AreEqual(
            new[] { "stage2.block3.layer1 (not in the source)", "head.classifier (7x16 here, 4x16 in the source)" }, match.Unmatched.ToList());
        CollectionAssert.AreEqual(new[] { "stage1.block2.layer1" }, match.Unused.ToList());
        Assert.AreEqual(2, match.Weights["stage2.block2.layer1.norm.mean"].Values[0]);
        Assert.AreEqual(1, match.Weights["stage2.block3.layer1.norm.mean"].Values[0]);
        Assert.AreEqual(1, match.Weights["head.classifier.bias"].Values[0]);
    }

    [TestMethod]
    public void A_source_without_batch_normalisation_computes_the_same_with_one_that_changes_nothing()
    {
        var layout = NetworkLayout.Of(Network with { Stages = [Stage.Repeat(Block.Convolution(2), 1)] });
        var source = new WeightTable();
        source["stage1.block1.layer1.weight"] = new([2, 3, 3, 3], [.. Enumerable.Range(0, 54).Select(i => (float)i)]);
        source["stage1.block1.layer1.bias"] = new([2], [0.5f, -1]);
        var weights = WeightMatch.Of(layout, Filled(layout, 1), source).Weights;
        var folded = FoldedConvolution.Of(layout.Layers.Single(), weights);
        CollectionAssert.AreEqual(new[] { 0.5f, -1 }, folded.Bias);
        for (var i = 0; i < 54; i++)
            Assert.AreEqual(i, folded.Weights[i], 1e-4);
    }

    [TestMethod]
    public void A_bias_before_a_batch_normalisation_is_taken_into_its_mean_where_the_network_has_no_bias()
    {
        var layout = NetworkLayout.Of(Network with { Stages = [Stage.Repeat(Block.Convolution(2), 1)] });
        var biased = NetworkLayout.Of(Network with { Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 2, Bias = true }] }, 1)] });
        var source = RandomWeights.Of(biased);
        var match = WeightMatch.Of(layout, Filled(layout, 1), source);
        Assert.IsEmpty(match.Unmatched);
        var (expected, actual) = (FoldedConvolution.Of(biased.Layers.Single(), source), FoldedConvolution.Of(layout.Layers.Single(), match.Weights));
        CollectionAssert.AreEqual(expected.Weights, actual.Weights);
        for (var i = 0; i < 2; i++)
            Assert.AreEqual(expected.Bias![i], actual.Bias![i], 1e-5f);
    }

    [TestMethod]
    public void A_layer_takes_over_all_or_nothing()
    {
        var layout = NetworkLayout.Of(Network);
        var source = new WeightTable();
        source["stage1.block1.layer1.weight"] = new([8, 3, 3, 3], new float[216]);
        source["stage1.block1.layer1.norm.scale"] = new([8], new float[8]);
        source["stage1.block2.layer1.weight"] = new([8, 8, 3, 3], new float[576]);
        source["stage1.block2.layer1.bias"] = new([9], new float[9]);
        var match = WeightMatch.Of(layout, Filled(layout, 1), source);
        Assert.IsEmpty(match.Matched);
        Assert.AreEqual("stage1.block1.layer1 (the source lacks a part of its batch normalisation)", match.Unmatched[0]);
        Assert.AreEqual("stage1.block2.layer1 (the source's numbers of channels contradict each other)", match.Unmatched[1]);
    }
}
