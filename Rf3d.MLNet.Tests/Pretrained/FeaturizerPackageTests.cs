using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;
using AdaptationKind = Rf3d.MLNet.Adaptation;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>The network of the package Microsoft.ML.DnnImageFeaturizer.ResNet18, which lies beside these tests as it does beside an application.</summary>
[TestClass]
public class FeaturizerPackageTests
{
    private const string Name = "resnet18.mlnet_in1k";
    private const int Side = 224;

    [TestMethod]
    public void It_is_found_beside_the_application_and_is_the_catalogues_ResNet18_with_other_depths()
    {
        var network = PretrainedReader.Open(Name);
        var expected = ConvNetFactory.Create(Architecture.ResNet18, 224, 224, 7).WithStageDepths(2, 2, 2, 3);
        Assert.AreEqual(expected with { Name = Name }, network.For(224, 224, 7));
        Assert.AreEqual(Architecture.ResNet18, network.Architecture);
        Assert.AreEqual("MIT", network.License);
        Assert.IsEmpty(network.Unnormalised());
        Assert.HasCount(3 * 224 * 224, network.Input.MeanImage!);
        // Red, green, blue.
        CollectionAssert.AreEqual(new[] { 123, 116, 103 }, network.Input.Statistics.Mean.Select(mean => (int)Math.Round(mean)).ToArray());
        var planned = NetworkLayout.Of(network.For(160, 160, 7));
        var weights = network.For(planned, RandomWeights.Of(planned));
        Assert.AreEqual("head.classifier", string.Join(", ", weights.Trace.Where(layer => layer.Origin != LayerOrigin.Kept).Select(layer => layer.Name)));
        Assert.HasCount(23, weights.Trace);
    }

    [TestMethod]
    [DataRow(224, 1.0)]
    [DataRow(256, null)]
    public void Features_of_a_trained_model_are_those_of_DnnFeaturizeImage_on_the_same_pixels(int size, double? cropFraction)
    {
        var mlContext = new MLContext(1);
        var images = mlContext.Data.LoadDrawnShapes(4, seed: 3, size: size);
        var expected = Stock(mlContext, images, size);
        Assert.IsLessThan(1e-4, LargestDifference(expected, Ours(mlContext, images, cropFraction, channelMean: null)));
        // The mean of each channel in place of the mean image is another thing. Once is enough: it is a further training.
        if (size == Side)
            Assert.IsGreaterThan(1e-3, LargestDifference(expected, Ours(mlContext, images, cropFraction, channelMean: [0.4829, 0.4545, 0.4042])));
    }

    [TestMethod]
    public void Another_network_beside_the_packages_graph_for_images_is_of_blue_green_and_red_and_has_its_mean_image()
    {
        using var folder = new TempFolder();
        var path = folder.New("DnnImageModels", "ResNet50Onnx", "net.onnx");
        File.Copy(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet-d.onnx"), path);
        var plain = PretrainedReader.Open(path);
        Assert.IsTrue(plain.Input.IsAssumed);

        var (height, width) = (plain.Network.Input.Height, plain.Network.Input.Width);
        var pixels = height * width;
        float[] blue = [.. Enumerable.Repeat(100f, pixels)], green = [.. Enumerable.Repeat(110f, pixels)], red = [.. Enumerable.Repeat(120f, pixels)];
        var graph = new OnnxGraphBuilder("prep");
        float[] mean = [.. blue, .. green, .. red];
        graph.AddNode("Sub", [graph.AddInput("images", 1, 3, height, width), graph.AddInitializer("mean", [3, height, width], mean)], ["prepared"]);
        graph.AddOutput("prepared", 1, 3, height, width);
        File.WriteAllBytes(folder.New("DnnImageModels", "ResNetPrepOnnx", "ResNetPreprocess.onnx"), graph.Build());
        var read = PretrainedReader.Open(path);
        Assert.IsFalse(read.Input.IsAssumed);
        CollectionAssert.AreEqual(new[] { 120f, 110, 100 }, read.Input.Statistics.Mean);
        foreach (var deviation in read.Input.Statistics.StandardDeviation)
            Assert.AreEqual(1, deviation, 1e-6);
        CollectionAssert.AreEqual(red.Concat(green).Concat(blue).ToArray(), read.Input.MeanImage);
        var (before, after) = (plain.Weights["stem.block1.layer1.weight"].Values, read.Weights["stem.block1.layer1.weight"].Values);
        CollectionAssert.AreEqual(before[18..27].Concat(before[9..18]).Concat(before[..9]).ToArray(), after[..27]);
        Assert.IsNull(read.License);
    }

    /// <summary>Over all images: the largest difference of a feature, as a share of the image's largest feature.</summary>
    private static double LargestDifference(IEnumerable<float[]> expected, IEnumerable<float[]> actual) =>
        expected.Zip(actual, RandomWeights.Difference).Max();

    /// <summary>Out of the model that Fit returns: the output of its saved graph.</summary>
    private static List<float[]> Ours(MLContext mlContext, IDataView images, double? cropFraction, double[]? channelMean)
    {
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
        {
            Pretrained = Name,
            Adaptation = AdaptationKind.Probe,
            ImageHeight = Side,
            ImageWidth = Side,
            CropFraction = cropFraction,
            ChannelMean = channelMean,
            ChannelStandardDeviation = channelMean is null ? null : [1 / 255.0, 1 / 255.0, 1 / 255.0],
            ValidationSetFraction = 0,
            RandomFlip = false,
            EmbeddingColumnName = "Embedding",
            Device = "cpu",
        }).Fit(images);
        return [.. model.Transform(images).GetColumn<float[]>("Embedding")];
    }

    private static List<float[]> Stock(MLContext mlContext, IDataView images, int size)
    {
        var pixels = mlContext.Transforms.ExtractPixels("Pixels", "Image").Fit(images).Transform(images).GetColumn<float[]>("Pixels");
        var data = mlContext.Data.LoadFromEnumerable(pixels.Select(image => new Row { Pixels = Middle(image, size) }).ToList());
        var features = mlContext.Transforms.DnnFeaturizeImage("Features", model => model.ModelSelector.ResNet18(mlContext, model.OutputColumn, model.InputColumn), "Pixels").Fit(data).Transform(data);
        return [.. features.GetColumn<float[]>("Features")];
    }

    private static float[] Middle(float[] image, int size)
    {
        var edge = (size - Side) / 2;
        return [.. Enumerable.Range(0, 3 * Side).SelectMany(row => image.AsSpan((((row / Side * size) + edge + (row % Side)) * size) + edge, Side).ToArray())];
    }

    private sealed class Row
    {
        [VectorType(3 * Side * Side)]
        public float[] Pixels { get; set; } = [];
    }
}
