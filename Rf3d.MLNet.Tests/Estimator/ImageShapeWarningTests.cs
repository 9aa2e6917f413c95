using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Images that are far from square are not cut in silence.</summary>
[TestClass]
public class ImageShapeWarningTests
{
    [TestMethod]
    [DataRow(32, 128, "Most images are about 4 times as wide as high, and the network sees their middle square only, 25 % of an image.")]
    [DataRow(1000, 400, "Most images are about 2.5 times as high as wide, and the network sees their middle square only, 40 % of an image.")]
    [DataRow(300, 601, "Most images are about 2 times as wide as high")]
    [DataRow(300, 600, null)]
    [DataRow(1080, 1920, null)]
    // All of one small size keep their shape.
    [DataRow(16, 64, null)]
    public void Images_of_which_a_square_has_little_are_warned_of(int height, int width, string? expected)
    {
        var warning = ImageShapeWarning.Of([new(height, width), new(height, width), new(height, width)]);
        if (expected is null)
            Assert.IsNull(warning);
        else
            Assert.StartsWith(expected, warning!);
    }

    [TestMethod]
    public void Fit_warns_of_wide_images_unless_they_are_fitted_whole_or_a_size_is_set()
    {
        foreach (var (change, isWarned) in new (Action<Rf3dImageClassificationTrainer.Options>, bool)[]
        {
            (_ => { }, true),
            (options => options.Resizing = ImageResizingEstimator.ResizingKind.IsoPad, false),
            (options => (options.ImageHeight, options.ImageWidth) = (16, 64), false),
        })
        {
            var mlContext = new MLContext(1);
            var warnings = new List<string>();
            mlContext.Log += (_, log) => warnings.Add(log.RawMessage);
            var options = new Rf3dImageClassificationTrainer.Options { Architecture = Architecture.ResNet18Slim, WidthMultiplier = 0.25, Epoch = 1, Device = "cpu" };
            change(options);
            using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(
                SmallTask.FromMemory(mlContext, [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? "a" : "b", new byte[] { (byte)(i * 20), 9, 9 }, 32, 128 + i))]));
            Assert.AreEqual(isWarned, warnings.Any(warning => warning.Contains("times as wide as high", StringComparison.Ordinal)));
        }
    }
}
