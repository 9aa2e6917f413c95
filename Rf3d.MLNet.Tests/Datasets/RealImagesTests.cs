using System.Formats.Tar;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Photographs in the ImageNet layout, where they lie beside the repository; elsewhere the test says that it was skipped.</summary>
[TestClass]
public class RealImagesTests
{
    private static readonly string Archive = RepositoryRoot.Combine("..", "shared", "data", "ants-bees.tar");

    [TestMethod]
    public void Photographs_of_ants_and_bees_load_and_train()
    {
        if (!File.Exists(Archive))
            Assert.Inconclusive($"Skipped: there is no {Path.GetFileName(Archive)}.");
        using var folder = new TempFolder();
        TarFile.ExtractToDirectory(Archive, folder.Path, overwriteFiles: false);

        var mlContext = new MLContext(1);
        var (train, validation) = Load(mlContext, Path.Combine(folder.Path, "ants-bees"));
        CollectionAssert.AreEqual(new[] { "ants", "bees" }, train.Classes.ToArray());
        Assert.AreEqual(398, train.FileCount + validation.FileCount);
        Assert.Contains(path => path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase), train.GetColumn<string>("ImagePath").Concat(validation.GetColumn<string>("ImagePath")));

        var options = new Rf3dImageClassificationTrainer.Options { WidthMultiplier = 0.25, Epoch = 1, Device = "cpu" };
        // About 500×375 pixels: more than the largest square that the size is worked out to.
        Assert.AreEqual(new TensorShape(3, 224, 224), mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Plan(train).Optimized.Input);
        // A training at that size says no more about the files and takes six times as long.
        (options.ImageHeight, options.ImageWidth) = (96, 96);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train, validation);
        Assert.AreEqual(398, model.History.TrainingImages + model.History.ValidationImages);
        Assert.AreEqual(153, model.Transform(validation).GetColumn<float[]>("Score").Count(scores => Math.Abs(scores.Sum() - 1) < 1e-4));
        Assert.IsEmpty(train.SkippedImages);
    }

    private static (ImageFolderDataView Train, ImageFolderDataView Validation) Load(MLContext mlContext, string root)
    {
        var split = mlContext.Data.LoadImageFolderSplits(root);
        return (split.Train, split.Validation);
    }
}
