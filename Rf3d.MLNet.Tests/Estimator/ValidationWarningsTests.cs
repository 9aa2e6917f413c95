using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Validation images that say too much, or nothing, are pointed out.</summary>
[TestClass]
public class ValidationWarningsTests
{
    private readonly MLContext _mlContext = new(1);
    private readonly ConcurrentQueue<string> _messages = new();

    public ValidationWarningsTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    [TestMethod]
    public void Nothing_is_said_where_images_differ_and_every_class_is_validated()
    {
        using var scope = NewDisposeScope();
        using var training = Set([1, 2, 3, 4], [0, 1, 0, 1]);
        using var validation = Set([5, 6], [0, 1]);
        Assert.IsEmpty(Warnings(All(training), All(validation), "a", "b"));
        Assert.IsEmpty(Warnings(new(training, tensor([0L, 1])), new(training, tensor([2L, 3])), "a", "b"));
    }

    [TestMethod]
    public void Equal_images_in_two_sets_are_counted_and_named()
    {
        using var scope = NewDisposeScope();
        using var training = Set([1, 2, 3, 3], [0, 1, 0, 1]);
        using var validation = Set([9, 3, 2, 3], [0, 1, 0, 1]);
        var warning = Warnings(All(training), All(validation), "a", "b").Single();
        StringAssert.Contains(warning, "3 of 4 validation images are training images too");
        StringAssert.Contains(warning, "2x2");
        StringAssert.Contains(warning, "too high");
        StringAssert.Contains(warning, "1 = 2, 2 = 1, 3 = 2.");
    }

    [TestMethod]
    public void Of_images_that_the_data_has_twice_those_on_different_sides_count()
    {
        using var scope = NewDisposeScope();
        // 7 twice to train on, 8 twice held out, 9 on either side.
        using var images = Set([7, 7, 8, 8, 9, 9], [0, 1, 0, 1, 0, 1]);
        var warning = Warnings(new(images, tensor([0L, 1, 4])), new(images, tensor([2L, 3, 5])), "a", "b").Single();
        StringAssert.Contains(warning, "1 of 3 validation images");
        StringAssert.Contains(warning, "The data has images twice");
        StringAssert.Contains(warning, "5 = 4.");
    }

    [TestMethod]
    public void A_difference_in_the_last_byte_is_a_difference()
    {
        using var scope = NewDisposeScope();
        var (trained, validated) = (ones([3, 100, 100, 3], ScalarType.Byte), zeros([3, 100, 100, 3], ScalarType.Byte));
        validated[0] = trained[0];
        validated[0, 99, 99, 2] = tensor((byte)2);
        validated[2] = trained[1];
        using var training = ImageSets.Of(trained, zeros(3, ScalarType.Int64));
        using var validation = ImageSets.Of(validated, zeros(3, ScalarType.Int64));
        var overlap = ValidationOverlap.Of(All(training), All(validation), CancellationToken.None);
        CollectionAssert.AreEqual(new[] { (2L, 0L) }, overlap.ToArray());
    }

    [TestMethod]
    public void Ten_of_many_are_named()
    {
        using var scope = NewDisposeScope();
        using var training = Set([.. Enumerable.Range(0, 14)], [.. Enumerable.Range(0, 14)]);
        using var validation = Set([.. Enumerable.Range(0, 12)], new int[12]);
        var warnings = Warnings(All(training), All(validation), [.. Enumerable.Range(0, 14).Select(i => $"c{i}")]);
        Assert.HasCount(2, warnings);
        StringAssert.Contains(warnings[0], "9 = 9 and 2 more");
        Assert.DoesNotContain("10 = 10", warnings[0]);
        StringAssert.Contains(warnings[1], "13 of 14 classes have no validation image");
        StringAssert.Contains(warnings[1], "'c10' and 3 more");
    }

    [TestMethod]
    public void Classes_without_training_images_are_not_said_to_lack_validation_images()
    {
        using var scope = NewDisposeScope();
        using var training = Set([1, 2, 3], [0, 1, 2]);
        using var validation = Set([4, 5], [0, 2]);
        var warning = Warnings(All(training), All(validation), "a", "b", "c", "d").Single();
        StringAssert.Contains(warning, "1 of 4 classes");
        StringAssert.Contains(warning, "'b'");
        Assert.DoesNotContain("'d'", warning);
    }

    [TestMethod]
    public void The_search_can_be_cancelled()
    {
        using var scope = NewDisposeScope();
        using var images = Set([1, 2], [0, 1]);
        Assert.Throws<OperationCanceledException>(() => ValidationOverlap.Of(All(images), All(images), new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Fit_warns_when_it_validates_on_training_images()
    {
        var images = SmallTask.Images(_mlContext, 40);
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Brief).Fit(images, images);
        Assert.Contains(message => message.Contains("40 of 40 validation images are training images too", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void Fit_warns_of_a_class_too_small_to_hold_an_image_out_and_of_nothing_else()
    {
        var rows = Enumerable.Range(0, 21).Select(i => (i == 20 ? "single" : i % 2 == 0 ? "a" : "b", new byte[] { (byte)i, 2, 3 }, 16, 16));
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Brief).Fit(SmallTask.FromMemory(_mlContext, [.. rows]));
        Assert.Contains(message => message.Contains("1 of 3 classes have no validation image", StringComparison.Ordinal) && message.Contains("'single'", StringComparison.Ordinal), _messages);
        Assert.DoesNotContain(message => message.Contains("training images too", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void Fit_without_validation_has_nothing_to_warn_of()
    {
        var images = SmallTask.FromMemory(_mlContext, ("a", [1, 1, 1], 16, 16), ("b", [1, 1, 1], 16, 16), ("a", [1, 1, 1], 16, 16), ("b", [9, 1, 1], 16, 16));
        var options = Brief;
        options.ValidationSetFraction = 0;
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(images);
        Assert.DoesNotContain(message => message.Contains("validation image", StringComparison.Ordinal), _messages);
    }

    private static Rf3dImageClassificationTrainer.Options Brief
    {
        get
        {
            var options = SmallTask.Options;
            (options.Epoch, options.BatchSize) = (1, 4);
            return options;
        }
    }

    private static List<string> Warnings(ImageSubset training, ImageSubset validation, params string[] classes) =>
        [.. ValidationWarnings.Of(training, validation, [.. classes], CancellationToken.None)];

    private static ImageSubset All(ImageSet images) => new(images, arange(images.Count));

    /// <summary>Images of 2×2 pixels, each of one value.</summary>
    private static ImageSet Set(int[] values, int[] labels) => ImageSets.Of(
        tensor(Array.ConvertAll(values, value => (byte)value)).reshape(-1, 1, 1, 1).repeat(1, 2, 2, 3),
        tensor(Array.ConvertAll(labels, label => (long)label)));
}
