using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class FeatureMatchingTests
{
    private static readonly ConvNet Whole = new()
    {
        Input = new(3, 16, 16), Classes = 3,
        Stages = [Stage.Repeat(Block.Basic(8), 3), Stage.Repeat(Block.Basic(16, stride: 2), 3)],
    };

    private static FeatureMatch Match(ConvNet planned, FeatureMatching matching, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var (whole, layout) = (NetworkLayout.Of(Whole), NetworkLayout.Of(planned));
        var images = tensor(RandomWeights.Images(new(3 * 40, 16, 16))).reshape(40, 3, 16, 16);
        var weights = Settled(whole, images);
        return matching.Run(whole, weights, layout, PlannedWeights.Of(whole, weights, layout, RandomWeights.Drawn(layout)), rows => images.index_select(0, rows), 40, cancellation);
    }

    /// <summary>Drawn weights, with normalisations that know the images, as after a training.</summary>
    private static WeightTable Settled(NetworkLayout layout, Tensor images)
    {
        using var noGradient = no_grad();
        using var generator = new Generator(4);
        using var network = new TorchNetwork(layout, generator);
        network.train();
        for (var i = 0; i < 60; i++)
            network.call(images).Dispose();
        return network.Export();
    }

    [TestMethod]
    public void Features_of_a_shortened_network_come_closer_to_those_of_the_whole_one()
    {
        var match = Match(Whole.WithStageDepths(3, 1), new(CPU) { Epochs = 20, BatchSize = 20 });
        Assert.AreEqual(80, match.Steps);
        Assert.IsLessThan(match.Before * 0.6, match.After, $"{match.Before} -> {match.After}");
        Assert.IsNotNull(match.Weights.Find("head.classifier.weight"));
    }

    [TestMethod]
    public void Steps_leave_no_tensors_behind()
    {
        // TorchSharp counts a tensor that became a parameter twice, so that some are left of any network; but no more of more steps.
        Assert.AreEqual(Left(1), Left(5));

        static long Left(int epochs)
        {
            var before = LiveTensors.Count();
            Match(Whole.WithStageDepths(3, 1), new(CPU) { Epochs = epochs, BatchSize = 20 });
            return LiveTensors.Count() - before;
        }
    }

    [TestMethod]
    public void A_network_with_added_units_alone_has_the_same_features_already()
    {
        var match = Match(Whole.WithStageDepths(3, 4), new(CPU) { Epochs = 0 });
        Assert.AreEqual(0, match.Before, 1e-9);
        Assert.AreEqual(0, match.Steps);
    }

    [TestMethod]
    public void A_network_with_another_number_of_features_is_refused()
    {
        var narrow = Whole with { Name = "narrow", Stages = [Stage.Repeat(Block.Basic(8), 3), Stage.Repeat(Block.Basic(12, stride: 2), 3)] };
        Assert.Contains("'narrow'", Assert.ThrowsExactly<InvalidOperationException>(() => Match(narrow, new(CPU))).Message);
    }

    [TestMethod]
    public void It_ends_when_it_is_cancelled_or_its_time_is_over()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.AreEqual(0, Match(Whole.WithStageDepths(3, 1), new(CPU), cancelled.Token).Steps);
        Assert.AreEqual(0, Match(Whole.WithStageDepths(3, 1), new(CPU) { MaxTime = TimeSpan.FromTicks(1) }).Steps);
    }
}
