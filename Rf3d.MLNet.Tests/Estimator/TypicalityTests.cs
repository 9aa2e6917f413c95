using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.MLNet.Tests.Serving;
using AdaptationKind = Rf3d.MLNet.Adaptation;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>How typical an image is, by a classifier on pretrained features.</summary>
[TestClass]
public sealed class TypicalityTests
{
    private static readonly TempFolder Folder = new();

    private static string Model => Folder["probe.zip"];

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        var mlContext = new MLContext(1);
        using var pretrained = SmallTask.Trainer(mlContext, options => options.Precision = TrainingPrecision.Float32).Fit(SmallTask.Images(mlContext, 400));
        pretrained.SaveAsOnnx(Folder["small.onnx"]);
        var train = SmallTask.Images(mlContext, 150, seed: 2);
        var options = new Rf3dImageClassificationTrainer.Options
        {
            Pretrained = Folder["small.onnx"], Adaptation = AdaptationKind.Probe, ImageHeight = 16, ImageWidth = 16, Device = "cpu", Seed = 1,
        };
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(train);
        Assert.IsNotNull(model.History.Calibration);
        mlContext.Model.Save(model, train.Schema, Model);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void Images_of_the_classes_are_more_typical_than_others_and_scores_stay_those_of_MLNet()
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), Model);
        Assert.IsTrue(model.HasTypicality);
        var known = Typicalities(model, SmallTask.Images(new MLContext(1), 60, seed: 3));
        Assert.IsInRange(0.2, 0.8, known.Average());
        var files = SavedModels.Images(Folder, 12);
        var predictions = model.Predict(files).ToArray();
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(File.ReadAllBytes(Model), files), predictions);
        // Images of one colour.
        Assert.IsLessThan(known.Average(), predictions.Average(prediction => prediction.Typicality!.Value));
        Assert.AreEqual(predictions[5].Typicality!.Value, model.Predict(files[5]).Typicality!.Value, 1e-4);
    }

    [TestMethod]
    public void Libtorch_and_ONNX_Runtime_find_the_same()
    {
        var files = SavedModels.Images(Folder, 6);
        using var onnx = Rf3dSavedModel.Load(new MLContext(), Model);
        using var torch = Rf3dSavedModel.Load(new MLContext(), Model, new() { Network = model => model.ToTorch(null) });
        foreach (var (expected, actual) in onnx.Predict(files).Zip(torch.Predict(files)))
        {
            Assert.AreEqual(expected.Typicality!.Value, actual.Typicality!.Value, 1e-3);
            Assert.AreEqual(expected.Probability, actual.Probability, 1e-4);
        }
    }

    [TestMethod]
    public void An_image_below_the_typicality_is_unknown()
    {
        var files = SavedModels.Images(Folder, 12);
        using var all = Rf3dSavedModel.Load(new MLContext(), Model);
        var threshold = all.Predict(files).Select(prediction => prediction.Typicality!.Value).Order().ElementAt(6) + 1e-3f;
        using var model = Rf3dSavedModel.Load(new MLContext(), Model, new() { MinTypicality = threshold });
        Assert.AreEqual((threshold, 0f), (model.MinTypicality, model.MinConfidence));
        foreach (var prediction in model.Predict(files))
            Assert.AreEqual((prediction.Typicality < threshold, prediction.IsUnknown), (prediction.IsUnknown, prediction.PredictedLabel == "Unknown"));
        using var predictor = new Rf3dPredictor(new Rf3dPredictorOptions { Path = Model, WatchForChanges = false, MinTypicality = 1 });
        Assert.IsTrue(predictor.Predict(files[0]).IsUnknown);
    }

    [TestMethod]
    public void A_model_without_it_says_so()
    {
        var path = SavedModels.Write(Folder["plain.zip"]);
        using var model = Rf3dSavedModel.Load(new MLContext(), path);
        Assert.IsFalse(model.HasTypicality);
        Assert.IsNull(model.Predict(SavedModels.Images(Folder, 1)[0]).Typicality);
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Rf3dSavedModel.Load(new MLContext(), path, new() { MinTypicality = 0.05f }));
        Assert.Contains("MinTypicality", error.Message);
        Assert.Contains("MinTypicality must be from 0 to 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Rf3dSavedModel.Load(new MLContext(), Model, new() { MinTypicality = 2 })).Message);
    }

    [TestMethod]
    public void A_watched_model_that_no_longer_knows_it_is_refused_once()
    {
        using var folder = new TempFolder();
        File.Copy(Model, folder["served.zip"]);
        var clock = new ManualClock();
        using var predictor = new Rf3dPredictor(new Rf3dPredictorOptions { Path = folder["served.zip"], MinTypicality = 0.02f, TimeProvider = clock });
        var failures = new List<Exception>();
        predictor.ReloadFailed += (_, failed) => failures.Add(failed.Error);
        SavedModels.Write(folder["served.zip"], SavedModels.Second);
        for (var i = 0; i < 10; i++)
            clock.Tick();
        Assert.IsInstanceOfType<OptionConflictException>(failures.Single());
        Assert.Contains("served.zip", failures[0].Message);
        Assert.IsTrue(predictor.Use(model => model.HasTypicality));
    }

    private static float[] Typicalities(Rf3dSavedModel model, IDataView data)
    {
        var column = data.Schema["Image"];
        using var cursor = data.GetRowCursor([column]);
        var getImage = cursor.GetGetter<MLImage>(column);
        List<float> typicalities = [];
        MLImage? image = null;
        while (cursor.MoveNext())
        {
            getImage(ref image!);
            typicalities.Add(model.Predict(image).Typicality!.Value);
        }
        image?.Dispose();
        return [.. typicalities];
    }
}
