using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;
using Rf3d.Planning;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Prediction;

[TestClass]
public class BatchPredictorTests
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
    public void A_file_that_cannot_be_read_comes_back_with_its_reason_and_in_its_place()
    {
        using var folder = new TempFolder();
        string[] files =
        [
            Images.Write(folder["a.png"], SKColors.Red), folder["absent.png"], Images.WriteCut(folder["cut.png"]), Images.Write(folder["b.png"], SKColors.Blue),
        ];
        using var classifier = SavedClassifier.Load(GeneratedApplication.Model);
        using var predictor = new BatchPredictor(classifier);
        var predictions = predictor.Predict(files, CancellationToken.None).ToArray();
        CollectionAssert.AreEqual(new[] { true, false, false, true }, predictions.Select(prediction => prediction.Error is null).ToArray());
        Assert.Contains("cut short", predictions[2].Error!);
    }

    [TestMethod]
    public void Files_are_read_as_they_are_needed_however_many_there_are()
    {
        using var folder = new TempFolder();
        var file = Images.Write(folder["a.png"], SKColors.Red);
        var asked = 0;
        using var classifier = SavedClassifier.Load(GeneratedApplication.Model);
        using var predictor = new BatchPredictor(classifier, batchSize: 2);
        Assert.HasCount(10, predictor.Predict(Endless(), CancellationToken.None).Take(10).ToArray());
        Assert.IsLessThan(100, asked);

        IEnumerable<string> Endless()
        {
            while (true)
            {
                asked++;
                yield return file;
            }
        }
    }

    [TestMethod]
    public void Cancelling_ends_it()
    {
        using var folder = new TempFolder();
        var file = Images.Write(folder["a.png"], SKColors.Red);
        using var stop = new CancellationTokenSource();
        using var classifier = SavedClassifier.Load(GeneratedApplication.Model);
        using var predictor = new BatchPredictor(classifier, batchSize: 1);
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (var _ in predictor.Predict(Enumerable.Repeat(file, 1_000_000), stop.Token))
                stop.Cancel();
        });
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

        using var classifier = SavedClassifier.Load(zip);
        using var predictor = new BatchPredictor(classifier, batchSize: 3);
        var actual = predictor.Predict(files, CancellationToken.None).ToArray();

        CollectionAssert.AreEqual(Classes, classifier.Classes.ToArray());
        CollectionAssert.AreEqual(files, actual.Select(prediction => prediction.Path).ToArray());
        for (var i = 0; i < files.Length; i++)
        {
            Assert.IsLessThan(1e-5f, expected[i].Zip(actual[i].Scores!, (a, b) => Math.Abs(a - b)).Max(), files[i]);
            Assert.AreEqual(labels[i], (uint)actual[i].Best + 1);
        }
    }
}
