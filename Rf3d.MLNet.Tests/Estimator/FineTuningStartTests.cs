using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;
using AdaptationKind = Rf3d.MLNet.Adaptation;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>A fine-tuning begins from the function that the probe learned with: a training normalises by the batch, scoring by the mean and the variance of the weights.</summary>
[TestClass]
public sealed class FineTuningStartTests : IDisposable
{
    private const int Count = 64;

    private static readonly ChannelStatistics Pixels = new([127, 127, 127], [70, 70, 70]);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ImageSet _images = RecipeFixture.Images(Count, 16, 16);

    public void Dispose()
    {
        _images.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void Units_that_were_added_compute_the_same_in_training_as_in_scoring()
    {
        var known = Known(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.DepthwiseSeparable(16, stride: 2), 1));
        var planned = known.Network.WithStageDepths(2, 2);
        var layout = NetworkLayout.Of(planned);
        var expected = Features(NetworkLayout.Of(known.Network), known.Weights, isTraining: false);
        var unmeasured = known.For(layout, RandomWeights.Drawn(layout));
        Assert.AreEqual("stage1.block2.layer1, stage2.block2.layer1, stage2.block2.layer2", string.Join(", ", unmeasured.Unsettled));
        Assert.IsGreaterThan(0.2, RandomWeights.Difference(expected, Features(layout, unmeasured.Weights, isTraining: true)));

        var (start, _) = FineTune(known, planned);
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, Features(layout, start, isTraining: false)));
        Assert.IsLessThan(0.02, RandomWeights.Difference(expected, Features(layout, start, isTraining: true)));
    }

    [TestMethod]
    public void Kernels_of_a_residual_unit_that_was_added_are_drawn()
    {
        var known = Known(Stage.Repeat(Block.Basic(8), 1), Stage.Repeat(Block.Basic(16, stride: 2), 1));
        var (start, _) = FineTune(known, known.Network.WithStageDepths(2, 1));
        // The unit begins as the identity by its last normalisation; with kernels of 0 it would stay that.
        foreach (var layer in new[] { "stage1.block2.layer1", "stage1.block2.layer2" })
            Assert.Contains(value => value != 0, start[layer + WeightTable.Weight].Values);
        Assert.DoesNotContain(value => value != 0, start["stage1.block2.layer2" + WeightTable.NormScale].Values);
    }

    [TestMethod]
    public void Kernels_with_a_folded_normalisation_have_one_while_they_are_trained_and_none_in_the_model()
    {
        var known = Known(Stage.Repeat(Folded(8, 1), 1), Stage.Repeat(Folded(16, 2), 1));
        var planned = known.Network.WithStageDepths(2, 1);
        var layout = NetworkLayout.Of(planned);
        var expected = Features(NetworkLayout.Of(known.Network), known.Weights, isTraining: false);
        var plannedWeights = known.For(layout, RandomWeights.Drawn(layout)).Weights;
        var tuned = new TunedNetwork(layout);
        Assert.AreEqual("stage1.block1.layer1, stage1.block2.layer1, stage2.block1.layer1", string.Join(", ", tuned.Inserted));
        Assert.IsGreaterThan(0.2, RandomWeights.Difference(expected, Features(tuned.Layout, tuned.Insert(plannedWeights), isTraining: true)));

        var (start, result) = FineTune(known, planned);
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, Features(tuned.Layout, start, isTraining: false)));
        Assert.IsLessThan(0.02, RandomWeights.Difference(expected, Features(tuned.Layout, start, isTraining: true)));
        CollectionAssert.AreEquivalent(plannedWeights.Names.ToList(), result.Weights.Names.ToList());
        Assert.IsLessThan(1e-4, RandomWeights.Difference(expected, Features(layout, result.Weights, isTraining: false)));

        static Block Folded(int filters, int stride) => new() { Layers = [new Convolution { Filters = filters, Stride = stride, BatchNorm = false, Bias = true }] };
    }

    /// <summary>A network with random weights, whose normalisations have the mean and the variance of the images, as after a training.</summary>
    private PretrainedNetwork Known(params Stage[] stages)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(4);
        var network = new ConvNet { Name = "known", Input = new(3, 16, 16), Classes = 4, Stages = [.. stages] };
        var layout = NetworkLayout.Of(network);
        using var trained = new TorchNetwork(layout, generator);
        trained.Import(RandomWeights.Of(layout));
        trained.train();
        var images = Load();
        // At a momentum of 0.1 nothing is left of the first figures.
        for (var i = 0; i < 100; i++)
            trained.call(images).Dispose();
        return new(network, trained.Export(), new(Pixels, 16, 16), "known", "0");
    }

    /// <summary>Runs a fine-tuning that changes nothing.</summary>
    private (WeightTable Start, TrainedNetwork Result) FineTune(PretrainedNetwork known, ConvNet planned)
    {
        var settings = RecipeFixture.Settings.With(recipe => recipe.Adaptation = AdaptationKind.FineTune);
        var plan = NetworkPlan.Create(planned, OrganizerOptions.Off);
        WeightTable? start = null;
        var result = new PretrainedTraining(known, plan, settings, new(_images, arange(Count)), null, Pixels).Run(Keep, default);
        Assert.IsNotNull(start);
        return (start, result);

        TrainedNetwork Keep(WeightTable? weights)
        {
            start = weights;
            return new(weights!, new()
            {
                Epochs = [],
                BestEpoch = 0,
                StopReason = TrainingStopReason.Completed,
                Device = "cpu",
                Seed = 1,
                TrainingImages = Count,
                ValidationImages = 0,
                BatchSize = Count,
                LearningRate = 0.1,
                Precision = TrainingPrecision.Float32,
            });
        }
    }

    /// <summary>The features of all images, as one batch.</summary>
    private float[] Features(NetworkLayout layout, WeightTable weights, bool isTraining)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(1);
        using var network = new TorchNetwork(layout, generator);
        network.Import(weights);
        if (isTraining)
            network.train();
        else
            network.eval();
        return network.Features(Load()).Values();
    }

    private Tensor Load()
    {
        using var batches = new BatchSource(_images, Pixels, CPU);
        return batches.Load(arange(Count));
    }
}
