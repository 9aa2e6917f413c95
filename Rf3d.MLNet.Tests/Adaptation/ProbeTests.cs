using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class ProbeTests
{
    /// <summary>Features of which the first ones say the class and the rest are noise; those of a mirror image have noise of their own.</summary>
    private static ImageFeatures Drawn(long[] labels, int features = 20, double signal = 2, double sameNoise = 0)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var classes = nn.functional.one_hot(tensor(labels), features).to(ScalarType.Float32).mul(signal);
        var common = randn([labels.Length, features], generator: generator).mul(sameNoise);
        Tensor View() => classes.add(common).add(randn([labels.Length, features], generator: generator).mul(1 - sameNoise)).MoveToOuterDisposeScope();
        return new(View(), View(), labels);
    }

    private static long[] Labels(params int[] counts) => [.. counts.SelectMany((count, k) => Enumerable.Repeat((long)k, count))];

    private static ProbeResult Run(ImageFeatures images, int classes, float[]? classWeights = null, bool flip = false, int seed = 1) =>
        new LinearProbe(CPU) { TestTimeFlip = flip }.Run(images, classes, classWeights, seed, default);

    private static Tensor Logits(ProbeResult probe, Tensor features) => nn.functional.linear(features, tensor(probe.Weights).view(probe.Biases.Length, -1), tensor(probe.Biases));

    [TestMethod]
    public void It_learns_and_estimates_the_accuracy_on_other_images()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(40, 40, 40));
        var probe = Run(images, 3);
        Assert.AreEqual(StrengthPath.Choose(probe.Strengths).Strength, probe.Strength);
        Assert.AreEqual(StrengthPath.Choose(probe.Strengths).LogLoss, probe.CrossValidatedLogLoss);
        CollectionAssert.AreEqual(probe.Strengths.Select(score => score.Strength).OrderDescending().ToList(), probe.Strengths.Select(score => score.Strength).ToList());
        // Of another draw: the last of more images.
        var others = Drawn(Labels(200, 200, 200));
        var accuracy = Logits(probe, others.Features).argmax(1).eq(tensor(others.Labels)).to(ScalarType.Float32).mean().item<float>();
        Assert.IsGreaterThan(probe.AccuracyInterval.Low - 0.05, accuracy);
        Assert.IsLessThan(probe.AccuracyInterval.High + 0.05, accuracy);
        Assert.IsTrue(probe.AccuracyInterval.Low < probe.CrossValidatedAccuracy && probe.CrossValidatedAccuracy < probe.AccuracyInterval.High);
        Assert.IsGreaterThan(0.7, accuracy);
    }

    [TestMethod]
    public void A_mirror_image_is_held_out_with_its_image()
    {
        using var scope = NewDisposeScope();
        // Random labels, and views that are nearly the same: each label could be derived from the other view.
        var random = new Random(3);
        var images = Drawn([.. Enumerable.Range(0, 80).Select(_ => random.NextInt64(2))], features: 200, signal: 0, sameNoise: 0.95);
        var probe = Run(images, 2);
        foreach (var score in probe.Strengths)
            Assert.IsLessThan(0.7, score.Accuracy, $"{score}");
        Assert.IsGreaterThan(0.6, probe.CrossValidatedLogLoss);
    }

    [TestMethod]
    public void The_mean_of_both_views_is_scored_where_the_model_will_do_so()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(40, 40, 40), signal: 1.5);
        Assert.IsLessThan(Run(images, 3).CrossValidatedLogLoss - 0.02, Run(images, 3, flip: true).CrossValidatedLogLoss);
        Assert.ThrowsExactly<InvalidOperationException>(() => Run(images with { Mirrored = null }, 3, flip: true));
    }

    [TestMethod]
    public void A_class_that_counts_more_is_predicted_more_often()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(100, 12), signal: 0.7);
        Assert.IsGreaterThan(Predicted(null) + 10, Predicted([0.56f, 4.67f]));

        long Predicted(float[]? classWeights) => Logits(Run(images, 2, classWeights), images.Features).argmax(1).sum().item<long>();
    }

    [TestMethod]
    public void Class_weights_are_how_much_an_image_counts()
    {
        using var scope = NewDisposeScope();
        // No image can be held out of classes of one image, so that the strength is known.
        var images = Drawn(Labels(1, 1, 1)) with { Mirrored = null };
        using var one = new LogisticRegression(images.Features, [0, 1, 2], 3, CPU);
        var probe = Run(images, 3, [1, 2, 1]);
        var (weights, _) = one.Head(one.Fit(tensor(new[] { 0.25, 0.5, 0.25 }).unsqueeze(0), StrengthPath.Default, one.Start(1), 1e-9, default)[0]);
        Assert.IsLessThan(1e-5, weights.Zip(probe.Weights, (expected, actual) => Math.Abs(expected - actual)).Max());
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_bits()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(20, 20));
        var (one, other) = (Run(images, 2), Run(images, 2));
        CollectionAssert.AreEqual(one.Weights, other.Weights);
        CollectionAssert.AreEqual(one.Biases, other.Biases);
        foreach (var (first, second) in one.Strengths.Zip(other.Strengths))
        {
            Assert.AreEqual(first with { Parts = [] }, second with { Parts = [] });
            CollectionAssert.AreEqual(first.Parts.ToArray(), second.Parts.ToArray());
        }
        CollectionAssert.AreNotEqual(one.Folds.FoldOf, Run(images, 2, seed: 2).Folds.FoldOf);
    }

    [TestMethod]
    public void A_class_of_one_image_is_learned_and_one_without_images_is_hardly_ever_predicted()
    {
        using var scope = NewDisposeScope();
        var images = Drawn([.. Labels(15, 15), 3], signal: 4);
        var probe = Run(images, 5);
        var probabilities = Logits(probe, images.Features).softmax(1);
        Assert.AreEqual(3, probabilities[30].argmax().item<long>());
        foreach (var absent in new[] { 2, 4 })
            Assert.IsLessThanOrEqualTo(1 / 62f, probabilities.select(1, absent).max().item<float>());
        Assert.HasCount(5 * 20, probe.Weights);
    }

    [TestMethod]
    public void Where_no_image_can_be_held_out_it_learns_with_the_usual_strength()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(1, 1, 1), signal: 4);
        var probe = Run(images, 3);
        Assert.AreEqual(StrengthPath.Default, probe.Strength);
        Assert.IsTrue(double.IsNaN(probe.CrossValidatedAccuracy));
        Assert.IsEmpty(probe.Strengths);
        CollectionAssert.AreEqual(images.Labels, Logits(probe, images.Features).argmax(1).data<long>().ToArray());
    }

    [TestMethod]
    public void It_becomes_the_last_layer_of_a_network()
    {
        using var scope = NewDisposeScope();
        var probe = Run(Drawn(Labels(5, 5), features: 4), 2);
        var weights = new WeightTable();
        probe.PutInto(weights, new LinearNode("head.classifier", 4, 2));
        CollectionAssert.AreEqual(new long[] { 2, 4 }, weights["head.classifier.weight"].Shape);
        CollectionAssert.AreEqual(probe.Biases, weights["head.classifier.bias"].Values);
    }

    [TestMethod]
    public void A_search_keeps_the_solutions_of_the_last_strength_and_of_the_best_alone()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = Drawn(Labels(20, 20, 20));
        using var regression = new LogisticRegression(images.Features, images.Labels, 3, CPU);
        float[] counts = [.. images.Labels.Select(_ => 1f)];
        List<long> tensors = [];
        var validation = new ProbeValidation(regression, images.Labels, counts, StratifiedFolds.Of(images.Labels, 5, seed: 1), views: 1, scoresMirrored: false)
        {
            Report = _ => tensors.Add(LiveTensors.Count()),
        };
        var (scores, weights) = validation.Search(1e-5, default);
        Assert.HasCount(scores.Length, tensors);
        Assert.IsGreaterThan(3, tensors.Count);
        Assert.IsLessThanOrEqualTo(1, tensors.Max() - tensors.Min());
        CollectionAssert.AreEqual(new long[] { 5, 3, 21 }, weights.shape);
    }

    [TestMethod]
    public void It_ends_when_it_is_cancelled_and_leaves_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var images = Drawn(Labels(20, 20));
        var before = LiveTensors.Count();
        Run(images, 2);
        Assert.AreEqual(before, LiveTensors.Count());
        Assert.ThrowsExactly<OperationCanceledException>(() => new LinearProbe(CPU).Run(images, 2, null, 1, new CancellationToken(canceled: true)));
        Assert.AreEqual(before, LiveTensors.Count());
    }
}
