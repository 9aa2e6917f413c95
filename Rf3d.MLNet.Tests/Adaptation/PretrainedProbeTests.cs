using Rf3d.MLNet.Tests.Images;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

/// <summary>The parts of the recipe that reach the probe.</summary>
[TestClass]
public sealed class PretrainedProbeTests : IDisposable
{
    private static readonly ChannelStatistics Statistics = new([120, 110, 100], [60, 50, 70]);

    private static readonly NetworkLayout Layout = NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new(3, 8, 8),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(6), 1, new MaxPool(2, 2))],
    });

    private static readonly WeightTable Weights = RandomWeights.Of(Layout);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ImageSet _images = Images();

    public void Dispose()
    {
        _images.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void Mirror_images_are_learned_from_where_they_may_be_seen()
    {
        var plain = Probe();
        CollectionAssert.AreEqual(plain.Result.Weights, Probe().Result.Weights);
        CollectionAssert.AreNotEqual(plain.Result.Weights, Probe(recipe => recipe.RandomFlip = true).Result.Weights);
        // Images that are scored with their mirror images are learned with them, too.
        CollectionAssert.AreNotEqual(plain.Result.Weights, Probe(recipe => recipe.TestTimeFlip = true).Result.Weights);
    }

    [TestMethod]
    public void Of_many_images_mirror_images_are_learned_only_where_they_are_scored()
    {
        long[] rows = [.. Enumerable.Range(0, (int)PretrainedProbe.MostImagesToMirror + 1).Select(row => row % 60L)];
        PretrainedProbe Of(long[] training, bool flip, bool scored) => Probe(recipe => (recipe.RandomFlip, recipe.TestTimeFlip) = (flip, scored), training: training);
        CollectionAssert.AreEqual(Of(rows, false, false).Result.Weights, Of(rows, true, false).Result.Weights);
        CollectionAssert.AreNotEqual(Of(rows, false, false).Result.Weights, Of(rows, true, true).Result.Weights);
        CollectionAssert.AreNotEqual(Of(rows[1..], false, false).Result.Weights, Of(rows[1..], true, false).Result.Weights);
    }

    [TestMethod]
    public void A_probe_that_scores_with_mirror_images_is_measured_with_them()
    {
        var (plain, flipped) = (Probe(recipe => recipe.RandomFlip = true), Probe(recipe => (recipe.RandomFlip, recipe.TestTimeFlip) = (true, true)));
        foreach (var (probe, isFlipped) in new[] { (plain, false), (flipped, true) })
        {
            Assert.AreEqual(Loss(probe.Result, 0, 40, isFlipped), probe.Training.Loss, 1e-5);
            Assert.AreEqual(Loss(probe.Result, 40, 60, isFlipped), probe.Validation!.Value.Loss, 1e-5);
            Assert.AreNotEqual(Loss(probe.Result, 0, 40, !isFlipped), probe.Training.Loss, 1e-5);
        }
        // The same folds and strengths, but other scores in cross-validation.
        Assert.AreNotEqual(plain.Result.Strengths[0].LogLoss, flipped.Result.Strengths[0].LogLoss);
    }

    [TestMethod]
    public void Class_weights_and_the_seed_reach_it()
    {
        var plain = Probe();
        CollectionAssert.AreNotEqual(plain.Result.Weights, Probe(change: settings => settings with { ClassWeights = [1, 4, 1, 1] }).Result.Weights);
        var other = Probe(change: settings => settings with { Seed = 9 });
        CollectionAssert.AreNotEqual(plain.Result.Folds.FoldOf.ToArray(), other.Result.Folds.FoldOf.ToArray());
    }

    [TestMethod]
    public void With_balanced_sampling_classes_are_weighted_by_their_size()
    {
        // 10, 2, 10 and 10 of the classes.
        long[] uneven = [.. Enumerable.Range(0, 40).Where(row => row % 4 != 1 || row < 8).Select(row => (long)row)];
        PretrainedProbe Of(bool isBalanced, float[]? weights) => Probe(recipe => recipe.BalancedSampling = isBalanced, settings => settings with { ClassWeights = weights }, uneven);
        var balanced = Of(true, null);
        CollectionAssert.AreNotEqual(Of(false, null).Result.Weights, balanced.Result.Weights);
        CollectionAssert.AreEqual(Of(false, [0.8f, 4, 0.8f, 0.8f]).Result.Weights, balanced.Result.Weights);
        // Weights of the user count for the images that are drawn.
        CollectionAssert.AreEqual(Of(false, [1.6f, 4, 0.8f, 0.8f]).Result.Weights, Of(true, [2, 1, 1, 1]).Result.Weights);
    }

    /// <summary>Noise that is brighter on the left, the more so the higher the class: mirror images are others.</summary>
    private static ImageSet Images()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var labels = arange(60, ScalarType.Int64).remainder(4);
        var pixels = randint(0, 100, [60, 8, 8, 3], generator: generator).to(ScalarType.Int64);
        pixels.narrow(2, 0, 4).add_((labels * 40).view(-1, 1, 1, 1));
        return ImageSets.Of(pixels.to(ScalarType.Byte), labels);
    }

    private PretrainedProbe Probe(Action<TrainingRecipe>? recipe = null, Func<TrainingSettings, TrainingSettings>? change = null, long[]? training = null)
    {
        var settings = RecipeFixture.Settings.With(recipe ?? (_ => { }));
        return PretrainedProbe.Of(Layout, Weights, (change ?? (same => same))(settings), new(_images, training is null ? arange(40) : tensor(training)), new(_images, arange(40, 60)), new FeatureExtraction(Layout, Weights, Statistics, CPU), _ => { }, default);
    }

    private double Loss(ProbeResult result, long first, long end, bool isFlipped)
    {
        var features = new FeatureExtraction(Layout, Weights, Statistics, CPU).Run(new(_images, arange(first, end)), mirror: true, _ => { }, default);
        var seen = isFlipped ? (features.Features + features.Mirrored!) / 2 : features.Features;
        var logits = nn.functional.linear(seen, tensor(result.Weights).view(4, -1), tensor(result.Biases));
        return nn.functional.cross_entropy(logits, tensor(features.Labels)).item<float>();
    }
}
