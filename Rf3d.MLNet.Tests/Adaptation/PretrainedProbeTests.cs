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
    public void Images_that_were_held_out_are_learned_from_once_they_are_measured()
    {
        using var others = Images();
        var (apart, held) = (Probe(validation: new(others, arange(40, 60))), Probe());
        Assert.IsFalse(apart.LearnedValidation);
        CollectionAssert.AreEqual(apart.Result.Weights, Head(apart).Weights);
        Assert.IsTrue(held.LearnedValidation);
        // Measured is the same classifier, and another one is kept, of the same strength.
        CollectionAssert.AreEqual(apart.Result.Weights, held.Result.Weights);
        Assert.AreEqual(apart.Validation, held.Validation);
        Assert.IsLessThan(Loss(held.Result, 40, 60, false), Loss(Head(held), 40, 60, false));
        using var third = Images();
        var asked = Probe(change: settings => settings with { RefitsOnValidation = true }, validation: new(third, arange(40, 60)));
        Assert.IsTrue(asked.LearnedValidation);
        CollectionAssert.AreEqual(Head(held).Weights, Head(asked).Weights);
        var all = Features(0, 60);
        CollectionAssert.AreEqual(new LinearProbe(CPU).Refit(held.Result, all with { Mirrored = null }, null, default).Weights, Head(held).Weights);
        CollectionAssert.AreNotEqual(apart.Directions.Directions, held.Directions.Directions);
    }

    [TestMethod]
    public void Classes_have_the_weights_of_all_images_that_are_learned_from()
    {
        // One image of the second class, and five of the images that were held out.
        long[] uneven = [.. Enumerable.Range(0, 40).Where(row => row % 4 != 1 || row < 4).Select(row => (long)row)];
        var held = Probe(recipe => recipe.ClassWeights = ClassWeights.Auto, training: uneven);
        ImageFeatures first = Features(0, 40), all = new(first.Features.index_select(0, tensor(uneven)), null, Array.ConvertAll(uneven, row => first.Labels[row]));
        all = all.With(Features(40, 60) with { Mirrored = null });
        CollectionAssert.AreEqual(new LinearProbe(CPU).Refit(held.Result, all, ClassWeights.Auto.For([15, 6, 15, 15]), default).Weights, Head(held).Weights);
    }

    [TestMethod]
    public void Copies_of_an_image_are_held_out_together()
    {
        long[] copied = [.. Enumerable.Range(0, 20).SelectMany(row => new[] { (long)row, row })];
        var probe = Probe(training: copied).Result;
        var folds = probe.Folds.FoldOf;
        for (var image = 0; image < copied.Length; image += 2)
            Assert.AreEqual(folds[image], folds[image + 1]);
        Assert.IsGreaterThan(1, folds.Distinct().Count());
        Assert.AreEqual(ConfidenceInterval.OfShare((long)Math.Round(20 * probe.CrossValidatedAccuracy), 20), probe.AccuracyInterval, "Each image counts once.");
    }

    [TestMethod]
    public void Few_images_are_learned_with_their_mirror_images_held_out_or_not()
    {
        var held = Probe(recipe => recipe.RandomFlip = true);
        CollectionAssert.AreEqual(new LinearProbe(CPU).Refit(held.Result, Features(0, 60), null, default).Weights, Head(held).Weights);
    }

    [TestMethod]
    public void Images_by_which_a_network_is_chosen_are_not_learned_from()
    {
        var tuned = Probe(recipe => recipe.Adaptation = MLNet.Adaptation.FineTune);
        Assert.IsFalse(tuned.LearnedValidation);
        CollectionAssert.AreEqual(tuned.Result.Weights, Head(tuned).Weights);
    }

    [TestMethod]
    public void Class_weights_and_the_seed_reach_it()
    {
        var plain = Probe();
        CollectionAssert.AreNotEqual(plain.Result.Weights, Probe(recipe => recipe.ClassWeights = ClassWeights.Of(1, 4, 1, 1)).Result.Weights);
        var other = Probe(change: settings => settings with { Seed = 9 });
        CollectionAssert.AreNotEqual(plain.Result.Folds.FoldOf.ToArray(), other.Result.Folds.FoldOf.ToArray());
    }

    [TestMethod]
    public void With_balanced_sampling_classes_are_weighted_by_their_size()
    {
        // 10, 2, 10 and 10 of the classes.
        long[] uneven = [.. Enumerable.Range(0, 40).Where(row => row % 4 != 1 || row < 8).Select(row => (long)row)];
        PretrainedProbe Of(bool isBalanced, double[]? weights) => Probe(recipe => (recipe.BalancedSampling, recipe.ClassWeights) = (isBalanced, weights is null ? ClassWeights.Equal : ClassWeights.Of(weights)), training: uneven);
        var balanced = Of(true, null);
        CollectionAssert.AreNotEqual(Of(false, null).Result.Weights, balanced.Result.Weights);
        CollectionAssert.AreEqual(Of(false, [0.8, 4, 0.8, 0.8]).Result.Weights, balanced.Result.Weights);
        // Weights of the user count for the images that are drawn.
        CollectionAssert.AreEqual(Of(false, [1.6, 4, 0.8, 0.8]).Result.Weights, Of(true, [2, 1, 1, 1]).Result.Weights);
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

    private PretrainedProbe Probe(Action<TrainingRecipe>? recipe = null, Func<TrainingSettings, TrainingSettings>? change = null, long[]? training = null, ImageSubset? validation = null)
    {
        var settings = RecipeFixture.Settings.With(recipe ?? (_ => { }));
        return PretrainedProbe.Of(Layout, Weights, (change ?? (same => same))(settings), new(_images, training is null ? arange(40) : tensor(training)), validation ?? new(_images, arange(40, 60)), new FeatureExtraction(Layout, Weights, Statistics, CPU), _ => { }, default);
    }

    private double Loss(ProbeResult result, long first, long end, bool isFlipped)
    {
        var features = Features(first, end);
        var seen = isFlipped ? (features.Features + features.Mirrored!) / 2 : features.Features;
        var logits = nn.functional.linear(seen, tensor(result.Weights).view(4, -1), tensor(result.Biases));
        return nn.functional.cross_entropy(logits, tensor(features.Labels)).item<float>();
    }

    private ImageFeatures Features(long first, long end) => new FeatureExtraction(Layout, Weights, Statistics, CPU).Run(new(_images, arange(first, end)), mirror: true, _ => { }, default);

    private static ProbeResult Head(PretrainedProbe probe) => probe.Result with
    {
        Weights = probe.Weights[Layout.Classifier.Name + WeightTable.Weight].Values,
        Biases = probe.Weights[Layout.Classifier.Name + WeightTable.Bias].Values,
    };
}
