using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using Rf3d.Datasets;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Reports;

[TestClass]
public class BaselineClassifierTests
{
    [TestMethod]
    public void Features_are_those_of_DnnFeaturizeImage()
    {
        using var folder = new TempFolder();
        Images.Write(folder["data", "red", "wide.png"], SKColors.Red, 300, 200);
        Images.Write(folder["data", "grey", "small.png"], SKColors.Gray, 40, 60);
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadImageFolder(folder["data"]);
        using var ours = BaselineClassifier.Featurizer(mlContext, PretrainedWeights.Find(BaselineClassifier.Weights)!, "Image").Fit(images);
        using var theirs = mlContext.Transforms.ResizeImages("Resized", 224, 224, "Image").Append(mlContext.Transforms.ExtractPixels("Pixels", "Resized"))
            .Append(mlContext.Transforms.DnnFeaturizeImage("Features", model => model.ModelSelector.ResNet18(mlContext, model.OutputColumn, model.InputColumn), "Pixels"))
            .Fit(images);
        var pairs = Features(ours, images).Zip(Features(theirs, images)).ToList();
        Assert.HasCount(2, pairs);
        foreach (var (actual, expected) in pairs)
        {
            Assert.HasCount(512, expected);
            CollectionAssert.AreEqual(expected, actual);
        }
    }

    [TestMethod]
    public void A_network_without_the_graph_that_prepares_its_images_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["ResNet18.onnx"], "");
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => BaselineClassifier.Featurizer(new MLContext(1), folder["ResNet18.onnx"], "Image"));
        Assert.Contains(folder["ResNet18.onnx"], error.Message);
        Assert.Contains("rf3d install-weights", error.Message);
    }

    private static IEnumerable<float[]> Features(ITransformer featurizer, IDataView images) => featurizer.Transform(images).GetColumn<float[]>("Features");
}
