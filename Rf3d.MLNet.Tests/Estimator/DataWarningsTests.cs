using System.Collections.Concurrent;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.MLNet.Tests.Images;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Training images from which little or nothing can be learned cause warnings.</summary>
[TestClass]
public class DataWarningsTests
{
    private readonly MLContext _mlContext = new(1);
    private readonly ConcurrentQueue<string> _messages = new();

    public DataWarningsTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    [TestMethod]
    [FieldReport(10)]
    public void One_picture_in_two_classes_is_named_by_its_files()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 4; i++)
        {
            ImageFolderFixture.Image(folder["a", $"{i}.png"], (byte)i, 16, 16);
            ImageFolderFixture.Image(folder["b", $"{i}.png"], (byte)(10 + i), 16, 16);
        }
        File.Copy(folder["a", "2.png"], folder["b", "other.png"]);

        using var model = SmallTask.Trainer(_mlContext, Brief).Fit(_mlContext.Data.LoadImageFolder(folder.Path));

        var warning = _messages.Single(message => message.Contains("another class", StringComparison.Ordinal));
        foreach (var part in new[] { "1 image has the same pixels at 16x16", folder["b", "other.png"], folder["a", "2.png"], "Keep each picture in one class" })
            StringAssert.Contains(warning, part);
        Assert.DoesNotContain(message => message.Contains("ClassWeights", StringComparison.Ordinal) || message.Contains("one colour", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    [FieldReport(10)]
    public void A_class_of_twenty_times_as_many_images_as_another_causes_a_warning_unless_they_are_weighted()
    {
        using var scope = NewDisposeScope();
        using var balanced = Set([.. Enumerable.Range(0, 20)], [.. Enumerable.Repeat(0, 19), 1]);
        using var unbalanced = Set([.. Enumerable.Range(0, 21)], [.. Enumerable.Repeat(0, 20), 1]);
        Assert.IsEmpty(Warnings(balanced));
        Assert.IsEmpty(Warnings(unbalanced, isBalanced: true));
        var warning = Warnings(unbalanced).Single();
        foreach (var part in new[] { "'a' has 20 images and 'b' 1", "ClassWeights.Auto", "--class-weights auto" })
            StringAssert.Contains(warning, part);
    }

    [TestMethod]
    public void Images_without_labels_in_common_are_not_in_conflict_and_images_without_paths_have_numbers()
    {
        using var scope = NewDisposeScope();
        using var images = Set([1, 2, 1, 2], [0, 1, 0, 0]);
        var warning = Warnings(images).Single();
        StringAssert.Contains(warning, "1 image has");
        StringAssert.Contains(warning, "image 3, counted from 0 ('a') = image 1, counted from 0 ('b')");
    }

    [TestMethod]
    public void Images_of_one_colour_each_cause_a_warning()
    {
        using var scope = NewDisposeScope();
        using var plain = ImageSets.Of(tensor(new byte[] { 7, 8 }).reshape(-1, 1, 1, 1).repeat(1, 2, 2, 3), tensor(new long[] { 0, 1 }));
        StringAssert.Contains(Warnings(plain).Single(), "one colour");
    }

    [TestMethod]
    [FieldReport(30)]
    public void One_image_in_each_class_causes_a_warning_that_no_images_are_left_to_validate_on()
    {
        var images = SmallTask.FromMemory(_mlContext, ("a", [1, 1, 1], 16, 16), ("b", [9, 1, 1], 16, 16));
        using var model = SmallTask.Trainer(_mlContext, Brief).Fit(images);
        Assert.Contains(message => message.Contains("No class has two images", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void A_training_that_weights_the_classes_or_draws_them_evenly_has_no_such_warning()
    {
        bool Warns(Action<Rf3dImageClassificationTrainer.Options>? change = null)
        {
            _messages.Clear();
            var images = SmallTask.FromMemory(_mlContext, [.. Enumerable.Range(0, 42).Select(i => (i < 2 ? "b" : "a", new byte[] { (byte)i, 1, 1 }, 16, 16))]);
            using var model = SmallTask.Trainer(_mlContext, options =>
            {
                Brief(options);
                options.ValidationSetFraction = 0;
                change?.Invoke(options);
            }).Fit(images);
            return _messages.Any(message => message.Contains("'a' has 40 images and 'b' 2", StringComparison.Ordinal));
        }
        Assert.IsTrue(Warns());
        Assert.IsFalse(Warns(options => options.BalancedSampling = true));
        Assert.IsFalse(Warns(options => options.ClassWeights = ClassWeights.Auto));
    }

    private static void Brief(Rf3dImageClassificationTrainer.Options options) =>
        (options.Epoch, options.BatchSize, options.Network) = (1, 4, SmallTask.Network with { Classes = 2 });

    [TestMethod]
    [DataRow(null, "a", "b")]
    [DataRow(null, "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen")]
    [DataRow("The classes are characters by their names ('0', '1', …)", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")]
    [DataRow("The classes are characters by their names ('あ', 'い', …)", "あ", "い", "う", "え", "お", "か", "き", "𠮷")]
    [DataRow("The classes 'turn_left' and 'turn_right' differ in left and right by their names", "stop", "turn_left", "turn_right")]
    [DataRow("The classes 'Left' and 'RIGHT' differ in left and right by their names", "Left", "RIGHT")]
    [DataRow(null, "left", "up")]
    [DataRow(null, "leftover", "bright")]
    public void Names_of_classes_that_are_characters_or_differ_in_left_and_right_are_found(string? expected, params string[] classes) =>
        Assert.AreEqual(expected, DataWarnings.Handedness([.. classes]));

    [TestMethod]
    public void Characters_are_warned_of_unless_images_are_not_mirrored()
    {
        foreach (var isMirrored in new[] { true, false })
        {
            var warnings = new List<string>();
            var mlContext = new MLContext(1);
            mlContext.Log += (_, log) =>
            {
                if (log.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                    warnings.Add(log.RawMessage);
            };
            var rows = Enumerable.Range(0, 16).Select(i => ($"{i % 8}", new byte[] { (byte)(i * 15), (byte)(255 - (i * 15)), 90 }, 16, 16)).ToArray();
            using var model = SmallTask.Trainer(mlContext, options => (options.Network, options.Epoch, options.RandomFlip) = (SmallTask.Network with { Classes = 8 }, 1, isMirrored)).Fit(SmallTask.FromMemory(mlContext, rows));
            Assert.AreEqual(isMirrored, warnings.Any(warning => warning.Contains("RandomFlip mirrors training images", StringComparison.Ordinal)));
        }
    }

    private List<string> Warnings(ImageSet images, bool isBalanced = false) =>
        [.. DataWarnings.Of(_mlContext.Data.LoadDrawnShapes(1), "Label", images.Index, ["a", "b"], isBalanced, isMirrored: true)];

    /// <summary>Images of 2×2 pixels, each of two values.</summary>
    private static ImageSet Set(int[] values, int[] labels)
    {
        var pixels = tensor(Array.ConvertAll(values, value => (byte)value)).reshape(-1, 1, 1, 1).repeat(1, 2, 2, 3);
        pixels[TensorIndex.Ellipsis, TensorIndex.Single(0), TensorIndex.Single(0)] = tensor((byte)255);
        return ImageSets.Of(pixels, tensor(Array.ConvertAll(labels, label => (long)label)));
    }
}
