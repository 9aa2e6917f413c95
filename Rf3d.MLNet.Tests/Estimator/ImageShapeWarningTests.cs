using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Images that are far from square are not cut in silence.</summary>
[TestClass]
public class ImageShapeWarningTests
{
    [TestMethod]
    [DataRow(32, 128, 32, 32, "The network sees the middle of the images only, about 25 % of most of them: they are cut to the shape of its input, 32x32 pixels.")]
    [DataRow(1000, 400, 224, 224, "The network sees the middle of the images only, about 40 % of most of them")]
    [DataRow(300, 601, 224, 224, "The network sees the middle of the images only, about 50 % of most of them")]
    [DataRow(300, 600, 224, 224, null)]
    [DataRow(1080, 1920, 224, 224, null)]
    [DataRow(16, 64, 16, 64, null)]
    [DataRow(20, 300, 32, 256, null)]
    [DataRow(20, 600, 32, 256, "The network sees the middle of the images only, about 27 % of most of them: they are cut to the shape of its input, 32x256 pixels.")]
    public void Images_of_which_the_network_sees_little_are_warned_of(int height, int width, int inputHeight, int inputWidth, string? expected)
    {
        var warning = ImageShapeWarning.Of([new(height, width), new(height, width), new(height, width)], new(3, inputHeight, inputWidth));
        if (expected is null)
            Assert.IsNull(warning);
        else
            Assert.StartsWith(expected, warning!);
        Assert.IsNull(ImageShapeWarning.Of([], new(3, inputHeight, inputWidth)));
    }

    [TestMethod]
    public void Wide_and_tall_images_beside_each_other_are_warned_of() =>
        Assert.Contains("about 33 % of most of them", ImageShapeWarning.Of([new(100, 300), new(300, 100), new(100, 300), new(300, 100), new(200, 200)], new(3, 224, 224))!);

    [TestMethod]
    public void Experiments_and_exports_warn_too()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        List<string> warnings = [];
        mlContext.Log += (_, log) => warnings.Add(log.RawMessage);
        var images = Wide(mlContext);
        TorchrunExport.Write(mlContext, images, new() { Architecture = Architecture.ResNet18Slim, WidthMultiplier = 0.25 }, folder["run"]);
        Assert.ContainsSingle(IsOfShape, warnings);

        warnings.Clear();
        var settings = new Rf3dExperimentSettings { MaxExperimentTimeInSeconds = 60 };
        (settings.SearchSpace.Architectures, settings.SearchSpace.Pretrained) = ([Architecture.ResNet18Slim], ["none"]);
        CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, 12, warnings.Add);
        Assert.ContainsSingle(IsOfShape, warnings);
        // A size that is stated is the one that is wanted.
        warnings.Clear();
        settings.SearchSpace.ImageSizes = [32];
        CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, 12, warnings.Add);
        Assert.IsEmpty(warnings);
    }

    [TestMethod]
    public void Fit_and_Plan_warn_of_wide_images_unless_they_are_fitted_whole_or_a_size_is_set()
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
            var images = Wide(mlContext);
            var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
            trainer.Plan(images);
            Assert.AreEqual(isWarned, IsWarned());
            warnings.Clear();
            using var model = trainer.Fit(images);
            Assert.AreEqual(isWarned, IsWarned());

            bool IsWarned() => warnings.Any(IsOfShape);
        }
    }

    /// <summary>Images of different shapes, most of them wide.</summary>
    private static IDataView Wide(MLContext mlContext) =>
        SmallTask.FromMemory(mlContext, [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? "a" : "b", new byte[] { (byte)(i * 20), 9, 9 }, 32, i % 3 == 0 ? 24 : 128 + i))]);

    private static bool IsOfShape(string message) => message.Contains("middle of the images only", StringComparison.Ordinal);
}
