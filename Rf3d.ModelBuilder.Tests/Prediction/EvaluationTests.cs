using System.Text.Json;
using Microsoft.ML;

namespace Rf3d.ModelBuilder.Tests.Prediction;

[TestClass]
public class EvaluationTests
{
    [TestMethod]
    public void Figures_are_those_of_MLNet()
    {
        using var folder = new TempFolder();
        // Other colours than those of the training: some are taken for another class.
        Images.Write(folder["data", "blue", "a.png"], SkiaSharp.SKColors.Purple);
        Images.Write(folder["data", "blue", "b.png"], SkiaSharp.SKColors.Blue);
        Images.Write(folder["data", "red", "a.png"], SkiaSharp.SKColors.Teal);
        Images.Write(folder["data", "red", "b.png"], SkiaSharp.SKColors.Red);
        Images.Write(folder["data", "red", "c.png"], SkiaSharp.SKColors.Olive);
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(GeneratedApplication.Model, out _);
        var data = mlContext.Data.LoadImageFolder(folder["data"], new Rf3d.Datasets.ImageFolderOptions { Classes = ["blue", "green", "red"] });
        var expected = mlContext.MulticlassClassification.Evaluate(model.Transform(data));

        using var json = JsonDocument.Parse(Tool.Run("evaluate", GeneratedApplication.Model, "--dataset", folder["data"], "--json").Must(0).Output);
        var actual = json.RootElement;
        Assert.AreEqual(expected.MicroAccuracy, actual.GetProperty("microAccuracy").GetDouble(), 1e-9);
        Assert.AreEqual(expected.MacroAccuracy, actual.GetProperty("macroAccuracy").GetDouble(), 1e-9);
        Assert.AreEqual(expected.LogLoss, actual.GetProperty("logLoss").GetDouble(), 1e-4);
        for (var i = 0; i < 3; i++)
        {
            Assert.AreEqual(expected.ConfusionMatrix.PerClassRecall[i], actual.GetProperty("classes")[i].GetProperty("recall").GetDouble(), 1e-9);
            Assert.AreEqual(expected.ConfusionMatrix.PerClassPrecision[i], actual.GetProperty("classes")[i].GetProperty("precision").GetDouble(), 1e-9);
            for (var j = 0; j < 3; j++)
                Assert.AreEqual(expected.ConfusionMatrix.Counts[i][j], actual.GetProperty("confusion")[i][j].GetDouble());
        }
    }

    [TestMethod]
    public void A_folder_of_train_val_and_test_is_measured_on_test()
    {
        var (_, output, _) = Tool.Run("evaluate", GeneratedApplication.Model, "--dataset", GeneratedApplication.Dataset).Must(0);
        Assert.Contains("18 images", output);
        Assert.Contains("Confusion", output);
    }

    [TestMethod]
    public void Classes_that_the_model_does_not_know_are_refused()
    {
        using var folder = new TempFolder();
        Images.Write(folder["data", "yellow", "a.png"], SkiaSharp.SKColors.Yellow);
        var result = Tool.Run("evaluate", GeneratedApplication.Model, "--dataset", folder["data"]).Must(1);
        Assert.Contains("yellow", result.Error);
    }
}
