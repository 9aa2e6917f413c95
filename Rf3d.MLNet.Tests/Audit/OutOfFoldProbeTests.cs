using Rf3d.MLNet.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Audit;

[TestClass]
public class OutOfFoldProbeTests
{
    [TestMethod]
    public void A_wrong_label_is_improbable_to_a_model_that_has_not_seen_it()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = Drawn(60);
        labels[7] = 1 - labels[7];
        var predictions = Run(features, labels, 2, 1)!;
        Assert.HasCount(120, predictions.Probabilities);
        Assert.AreEqual(7, Enumerable.Range(0, 60).MinBy(image => predictions.Probabilities[(2 * image) + (int)labels[image]]));
        for (var image = 0; image < 60; image++)
            Assert.AreEqual(1, predictions.Probabilities[2 * image] + predictions.Probabilities[(2 * image) + 1], 1e-9);
    }

    [TestMethod]
    public void Repetitions_are_averaged()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = Drawn(30);
        var (one, three) = (Run(features, labels, 2, 1)!, Run(features, labels, 2, 3)!);
        Assert.AreEqual(one.Strength, three.Strength);
        CollectionAssert.AreNotEqual(one.Probabilities, three.Probabilities);
        Assert.IsLessThan(0.2, one.Probabilities.Zip(three.Probabilities, (a, b) => Math.Abs(a - b)).Max());
    }

    [TestMethod]
    public void An_image_that_is_alone_in_its_class_has_no_probabilities()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = Drawn(21);
        labels[20] = 2;
        var predictions = Run(features, labels, 3, 2)!;
        Assert.IsTrue(predictions.Probabilities[60..].All(double.IsNaN));
        Assert.IsFalse(predictions.Probabilities[..60].Any(double.IsNaN));
        Assert.IsNull(Run(features.narrow(0, 0, 2), [0, 1], 2, 1));
    }

    [TestMethod]
    public void It_leaves_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = Drawn(20);
        var before = LiveTensors.Count();
        Run(features, labels, 2, 2);
        Assert.AreEqual(before, LiveTensors.Count());
    }

    private static OutOfFoldPredictions? Run(Tensor features, long[] labels, int classes, int repetitions) =>
        new OutOfFoldProbe(CPU) { Repetitions = repetitions }.Run(features, labels, classes, repetition => StratifiedFolds.Of(labels, 5, repetition), default);

    private static (Tensor Features, long[] Labels) Drawn(int images)
    {
        using var generator = new Generator(4);
        var labels = Enumerable.Range(0, images).Select(image => (long)(image % 2)).ToArray();
        return (nn.functional.one_hot(tensor(labels), 6).to(ScalarType.Float32).mul(3).add(randn([images, 6], generator: generator)), labels);
    }
}
