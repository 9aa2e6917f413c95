using Microsoft.ML;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static Rf3d.MLNet.Tests.Scoring.SmallNetworks;

namespace Rf3d.MLNet.Tests.Scoring.Devices;

/// <summary>A saved model's network computes the same by TorchSharp as by ONNX Runtime. On the CPU, by a device that only tests ask for.</summary>
[TestClass]
public sealed class TorchScoringNetworkTests
{
    private const int Images = 5;

    private static readonly ConvNet Hidden = Pooled with { Name = "hidden", Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [7] } };

    private static readonly ConvNet Rolling = Pooled with
    {
        Name = "residual, rolling and grouped",
        Stages = [Stage.Repeat(Block.Basic(8, stride: 2), 2), Stage.Repeat(Block.DepthwiseRolling(16), 1), Stage.Repeat(Block.DepthwiseGrouped(16, 2), 1)],
    };

    public static IEnumerable<object[]> Forms =>
    [
        [Pooled, "plain"], [Hidden, "plain"], [Pooled, "flip"], [Pooled, "crop"], [Pooled, "mean image"], [Pooled, "white"], [Pooled, "colour"], [Hidden, "flip crop mean image colour"],
        [Rolling, "flip"],
    ];

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void Scores_are_those_of_ONNX_Runtime(ConvNet network, string form)
    {
        var (model, preprocessing) = Model(network, form);
        var (backbone, head) = (model.Backbone(), model.Head());
        using var onnx = new OnnxScoringNetwork(OnnxClassifier.FromBackbone(backbone, head, [], isOpaque: false)!, preprocessing, gpu: null);
        var pixels = Pixels(preprocessing);
        var expected = onnx.Score(pixels, Images);
        using var torch = new TorchScoringNetwork(backbone, head, network, preprocessing, gpu: null);
        ScoringFixture.AssertClose(expected, torch.Score(pixels, Images), 1e-4);
        Assert.IsGreaterThan(0.01, expected.Chunk(3).Select(scores => scores[0]).Max() - expected.Chunk(3).Select(scores => scores[0]).Min(), "Images that all score alike show nothing.");
        ScoringFixture.AssertClose(expected[..6], torch.Score(pixels.AsMemory(0, pixels.Length / Images * 2), 2), 1e-4);
    }

    [TestMethod]
    public void A_model_that_scores_by_TorchSharp_predicts_files_as_in_MLNet_alone()
    {
        using var folder = new TempFolder();
        var files = SavedModels.Images(folder, 20);
        using var model = Rf3dSavedModel.Load(new MLContext(), SavedModels.Write(folder["model.zip"]), new() { Network = model => model.ToTorch(gpu: null) });
        var (expected, actual) = (SavedModels.ScoresOfMLNet(SavedModels.First, files), model.Predict(files, new() { MaxDegreeOfParallelism = 3, BatchSize = 3 }).ToArray());
        CollectionAssert.AreEqual(files, actual.Select(prediction => prediction.Path).ToArray());
        for (var i = 0; i < files.Length; i++)
            ScoringFixture.AssertClose(expected[i], [.. actual[i].Scores], 1e-4);
    }

    [TestMethod]
    public void Weights_of_another_network_are_refused()
    {
        var (model, preprocessing) = Model(Pooled, "plain");
        var wider = Pooled with { Stages = [Stage.Repeat(Block.Convolution(9), 2, new MaxPool(2, 2)), .. Pooled.Stages.Skip(1)] };
        Assert.ThrowsExactly<FormatException>(() => new TorchScoringNetwork(model.Backbone(), model.Head(), wider, preprocessing, gpu: null));
        Assert.Contains("3 classes", Assert.ThrowsExactly<FormatException>(() => new TorchScoringNetwork(model.Backbone(), new(new float[12], new float[2]), Pooled, preprocessing, gpu: null)).Message);
        Assert.Contains("not the form", Assert.ThrowsExactly<FormatException>(() => BackboneSteps.Read([], Pooled.Input)).Message);
    }

    [TestMethod]
    public void A_network_frees_its_tensors_and_not_those_of_a_scope_around_it()
    {
        var (model, preprocessing) = Model(Pooled, "mean image colour");
        var (backbone, head, pixels) = (model.Backbone(), model.Head(), Pixels(preprocessing));
        var before = LiveTensors.Count();
        TorchScoringNetwork network;
        using (torch.NewDisposeScope())
            network = new(backbone, head, Pooled, preprocessing, gpu: null);
        var scores = network.Score(pixels, Images);
        var loaded = LiveTensors.Count();
        ScoringFixture.AssertClose(scores, network.Score(pixels, Images));
        Assert.AreEqual(loaded, LiveTensors.Count());
        network.Dispose();
        // TorchSharp counts the tensor that a Parameter is made from, and never takes it off.
        Assert.AreEqual(NetworkLayout.Of(Pooled).Layers.Count(node => node.Layer is ConvLayer) * 3 + 2, LiveTensors.Count() - before);
    }

    private static (TrainedModel Model, ImagePreprocessing Preprocessing) Model(ConvNet network, string form)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3);
        var layout = NetworkLayout.Of(network);
        using var module = new TorchNetwork(layout, generator);
        var (height, width, border) = (network.Input.Height, network.Input.Width, form.Contains("crop", StringComparison.Ordinal) ? 3 : 0);
        var preprocessing = new ImagePreprocessing
        {
            ImageColumnName = "Image",
            Height = height + border,
            Width = width + border,
            Crop = new(height, width),
            Background = form.Contains("white", StringComparison.Ordinal) ? RgbColor.White : form.Contains("colour", StringComparison.Ordinal) ? new RgbColor(10, 200, 77) : null,
        };
        var statistics = form.Contains("mean image", StringComparison.Ordinal)
            ? Statistics with { MeanImage = [.. Enumerable.Range(0, (int)network.Input.Volume).Select(i => 90f + (i % 61))] }
            : Statistics;
        var (flip, weights) = (form.Contains("flip", StringComparison.Ordinal), module.Export());
        // An untrained network finds all classes equally probable.
        var head = weights[layout.Classifier.Name + WeightTable.Weight];
        weights[layout.Classifier.Name + WeightTable.Weight] = new(head.Shape, Array.ConvertAll(head.Values, value => 100 * value));
        var model = new TrainedModel(NetworkPlan.Create(network, OrganizerOptions.Off), layout, weights, statistics, ["a", "b", "c"], preprocessing, flip) { LabelColumnName = "Label", ScoreColumnName = "Score" };
        return (model, preprocessing);
    }

    /// <summary>Images of a colour each, with noise; with alpha, they are transparent to some extent.</summary>
    private static float[] Pixels(ImagePreprocessing preprocessing)
    {
        var (random, plane) = (new Random(5), preprocessing.Height * preprocessing.Width);
        var pixels = new float[Images * preprocessing.Channels * plane];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (i / plane * 77 % 200) + random.Next(55);
        return pixels;
    }
}
