using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>The network of the package Microsoft.ML.DnnImageFeaturizer.ResNet18, which lies beside these tests as it does beside an application.</summary>
[TestClass]
public class FeaturizerPackageTests
{
    private const string Name = "resnet18.mlnet_in1k";

    [TestMethod]
    public void It_is_found_beside_the_application_and_is_the_catalogues_ResNet18_with_other_depths()
    {
        var network = PretrainedReader.Open(Name);
        var expected = ConvNetFactory.Create(Architecture.ResNet18, 224, 224, 7).WithStageDepths(2, 2, 2, 3);
        Assert.AreEqual(expected with { Name = Name }, network.For(224, 224, 7));
        Assert.AreEqual(Architecture.ResNet18, network.Architecture);
        Assert.AreEqual("MIT", network.License);
        Assert.IsEmpty(network.Unnormalised);
        Assert.HasCount(3 * 224 * 224, network.Input.MeanImage!);
        // Red, green, blue.
        CollectionAssert.AreEqual(new[] { 123, 116, 103 }, network.Input.Statistics.Mean.Select(mean => (int)Math.Round(mean)).ToArray());
        var planned = NetworkLayout.Of(network.For(160, 160, 7));
        var weights = network.For(planned, RandomWeights.Of(planned));
        Assert.AreEqual("head.classifier", string.Join(", ", weights.Trace.Where(layer => layer.Origin != LayerOrigin.Kept).Select(layer => layer.Name)));
        Assert.HasCount(23, weights.Trace);
    }

    [TestMethod]
    public void Its_features_are_those_of_DnnFeaturizeImage()
    {
        var mlContext = new MLContext(1);
        Assert.IsLessThan(1e-4, LargestDifference(mlContext, mlContext.Data.LoadDrawnShapes(5, seed: 3, size: 224)));
    }

    /// <summary>Over all images: the largest difference of a feature, as a share of the image's largest feature.</summary>
    private static double LargestDifference(MLContext mlContext, IDataView images)
    {
        var pixels = mlContext.Transforms.ExtractPixels("Pixels", "Image").Fit(images).Transform(images);
        var features = mlContext.Transforms.DnnFeaturizeImage("Features", model => model.ModelSelector.ResNet18(mlContext, model.OutputColumn, model.InputColumn), "Pixels")
            .Fit(pixels).Transform(pixels);
        var network = PretrainedReader.Open(Name);
        var largest = 0.0;
        foreach (var (image, expected) in features.GetColumn<float[]>("Pixels").Zip(features.GetColumn<float[]>("Features")))
        {
            var centred = image.Zip(network.Input.MeanImage!, (pixel, mean) => pixel - mean).ToArray();
            var maps = RandomWeights.Outputs(network.Network, network.Weights, centred);
            var actual = maps.Chunk(maps.Length / 512).Select(map => map.Average()).ToArray();
            largest = Math.Max(largest, RandomWeights.Difference(expected, actual));
        }
        return largest;
    }
}
