using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;
using Rf3d.Planning;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Prediction;

/// <summary>Files scored by a model that the tool has trained.</summary>
[TestClass]
public class PredictionTests
{
    private static readonly string[] Classes = ["blue", "green", "red"];

    [TestMethod]
    public void Scores_are_those_of_Transform_in_the_order_of_the_files()
    {
        using var folder = new TempFolder();
        WriteImages(folder["images"]);
        ScoresAreThoseOfTransform(GeneratedApplication.Model, folder["images"]);
    }

    [TestMethod]
    public void So_they_are_where_the_model_looks_at_mirror_images_too()
    {
        using var folder = new TempFolder();
        WriteImages(folder["images"]);
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadImageFolder(folder["images"], new Rf3d.Datasets.ImageFolderOptions { Classes = Classes });
        using (var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Network = new ConvNet
            {
                Name = "small",
                Input = new TensorShape(3, 16, 16),
                Classes = 3,
                Stages = [Stage.Repeat(Block.Convolution(4), 1, new MaxPool(2, 2))],
            },
            Epoch = 1,
            BatchSize = 8,
            TestTimeFlip = true,
        }).Fit(data))
            mlContext.Model.Save(model, data.Schema, folder["flipped.zip"]);
        ScoresAreThoseOfTransform(folder["flipped.zip"], folder["images"]);
    }

    [TestMethod]
    [DataRow("predict")]
    [DataRow("report")]
    [DataRow("serve")]
    [DataRow("train")]
    [DataRow("torchrun")]
    public void A_model_whose_pipeline_changes_images_is_refused_where_files_are_scored_as_they_are(string command)
    {
        using var folder = new TempFolder();
        WriteImages(folder["images"]);
        GrayModel.Write(folder["gray.zip"]);
        var result = Tool.Run(command switch
        {
            "predict" => ["predict", folder["gray.zip"], folder["images"]],
            "report" => ["report", folder["gray.zip"], "--dataset", folder["images"]],
            "serve" => ["serve", folder["gray.zip"], "--port", "0"],
            "train" => ["train", "--dataset", folder["images"], "--continue-from", folder["gray.zip"]],
            _ => ["export", folder["gray.zip"], "--torchrun", folder["run"]],
        });
        Assert.AreNotEqual(0, result.ExitCode);
        Assert.Contains("changes images before the classifier (ImageGrayscalingTransformer)", result.Error);
    }

    /// <summary>Sizes that are cropped, enlarged, and left alone; more files than a few batches have.</summary>
    private static void WriteImages(string folder)
    {
        for (var i = 0; i < 50; i++)
            Images.Write(Path.Combine(folder, i % 2 == 0 ? "blue" : "red", $"{i:000}.{(i % 3 == 0 ? "jpg" : "png")}"), i % 2 == 0 ? SKColors.SlateBlue : SKColors.OrangeRed, 7 + (3 * i), 16 + (i % 5), i);
    }

    private static void ScoresAreThoseOfTransform(string zip, string folder)
    {
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(zip, out _);
        var scored = model.Transform(mlContext.Data.LoadImageFolder(folder, new Rf3d.Datasets.ImageFolderOptions { Classes = Classes }));
        var expected = scored.GetColumn<float[]>("Score").ToArray();
        var labels = scored.GetColumn<uint>("PredictedLabel").ToArray();
        var files = scored.GetColumn<string>("ImagePath").ToArray();

        using var classifier = Rf3dSavedModel.Load(mlContext, zip);
        var actual = classifier.Predict(files, new() { BatchSize = 3 }).ToArray();

        CollectionAssert.AreEqual(Classes, classifier.Classes.ToArray());
        CollectionAssert.AreEqual(files, actual.Select(prediction => prediction.Path).ToArray());
        for (var i = 0; i < files.Length; i++)
        {
            Assert.IsLessThan(1e-5f, expected[i].Zip(actual[i].Scores, (a, b) => Math.Abs(a - b)).Max(), files[i]);
            Assert.AreEqual(labels[i], (uint)actual[i].PredictedIndex + 1);
        }
    }
}
