using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;
using TorchSharp;
using static Rf3d.MLNet.Tests.Scoring.SmallNetworks;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>Class-activation maps add up to the logits of the network, as TorchSharp computes them.</summary>
[TestClass]
public class ClassActivationMapTests
{
    private static readonly ConvNet Flattened = Pooled with { Name = "flattened", Head = new Head { Pooling = HeadPooling.Flatten } };

    public static IEnumerable<object[]> Networks => [[Pooled, false], [Pooled, true], [Flattened, false], [Flattened, true]];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void The_mean_of_a_map_and_the_bias_are_the_logit(ConvNet network, bool testTimeFlip)
    {
        using var scope = torch.NewDisposeScope();
        var (model, logits) = Untrained(network, testTimeFlip, out var image);
        using var mapper = ActivationMapper.Of(model);
        var probabilities = torch.nn.functional.softmax(torch.tensor(logits), 0).data<float>().ToArray();
        for (var k = 0; k < logits.Length; k++)
        {
            var map = mapper.Map(image, model.Classes[k]);
            Assert.AreEqual((5, 7), (map.Height, map.Width));
            Assert.HasCount(35, map.Values);
            Assert.AreEqual(logits[k], map.Values.Average() + map.Bias, 1e-4, model.Classes[k]);
            Assert.AreEqual(logits[k], map.Logit, 1e-4);
            Assert.AreEqual(probabilities[k], map.Probability, 1e-5);
            Assert.IsGreaterThan(0.01, map.Values.Max() - map.Values.Min());
        }
        Assert.AreEqual(model.Classes[logits.IndexOf(logits.Max())], mapper.Map(image, null).ClassName);
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void A_map_lies_where_its_evidence_is(ConvNet network, bool testTimeFlip)
    {
        using var scope = torch.NewDisposeScope();
        var (model, _) = Untrained(network, testTimeFlip, out _);
        using var mapper = ActivationMapper.Of(model);
        using var dark = Speck(network, null);
        using var speck = Speck(network, (1, 12));
        var (plain, other) = (mapper.Map(dark, "b"), mapper.Map(speck, "b"));
        var changed = plain.Values.Zip(other.Values, (one, two) => Math.Abs(one - two)).ToArray();
        // 10x14 pixels have become 5x7 places; kernels reach three places at most.
        for (var place = 0; place < changed.Length; place++)
        {
            if (place % 7 < 2)
                Assert.AreEqual(0, changed[place], 1e-5, $"Place {place}");
        }
        Assert.IsGreaterThan(2, changed.IndexOf(changed.Max()) % 7);
    }

    [TestMethod]
    public void An_image_without_a_class_of_that_name_is_an_error()
    {
        using var scope = torch.NewDisposeScope();
        using var mapper = ActivationMapper.Of(Untrained(Pooled, false, out var image).Model);
        var error = Assert.ThrowsExactly<ArgumentException>(() => mapper.Map(image, "dog"));
        Assert.Contains("no class 'dog'. The model has 'a', 'b', 'c'", error.Message);
    }

    [TestMethod]
    public void Hidden_layers_have_no_map_and_the_error_says_why()
    {
        using var scope = torch.NewDisposeScope();
        var (model, _) = Untrained(Pooled with { Head = new Head { HiddenLayers = [6] } }, false, out _);
        Assert.Contains("hidden layers", Assert.ThrowsExactly<NotSupportedException>(() => ActivationMapper.Of(model)).Message);
    }

    [TestMethod]
    public void An_overlay_is_the_image_at_opacity_0_and_coloured_where_the_map_is()
    {
        var map = new ClassActivationMap([.. Enumerable.Repeat(90f, 3 * 4 * 8)], 4, 8)
        {
            ClassName = "a", Probability = 1, Logit = 1, Bias = 0, Height = 1, Width = 2, Values = [3, -1.5f],
        };
        using var plain = map.Overlay(0);
        CollectionAssert.AreEqual(new byte[] { 90, 90, 90, 255 }, plain.Pixels[..4].ToArray());
        using var drawn = map.Overlay(1);
        Assert.AreEqual((4, 8), (drawn.Height, drawn.Width));
        CollectionAssert.AreEqual(new byte[] { 255, 122, 0, 255 }, drawn.Pixels[..4].ToArray());
        CollectionAssert.AreEqual(new byte[] { 60, 90, 172, 255 }, drawn.Pixels[^4..].ToArray(), "Half of the strongest value, half of the colour.");
        Assert.AreEqual(-1.5f, map[0, 1]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map[1, 0]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map.Overlay(1.5));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_trained_model_and_its_zip_give_the_same_map_plan_and_history(bool testTimeFlip)
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var options = SmallTask.Options;
        (options.TestTimeFlip, options.Decomposition) = (testTimeFlip, Decomposition.Auto);
        var data = SmallTask.Images(mlContext);
        using var model = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(data);
        mlContext.Model.Save(model, data.Schema, folder["model.zip"]);
        model.SaveAsOnnx(folder["model.onnx"]);

        using var file = Rf3dSavedModel.Load(new MLContext(), folder["model.zip"]);
        Assert.AreEqual(model.Plan.ToJson(), file.Plan.ToJson());
        Assert.AreEqual(model.Plan.Optimized, file.Plan.Optimized);
        Assert.AreEqual(model.History with { Epochs = [], ThreadChanges = [] }, file.History! with { Epochs = [], ThreadChanges = [] });
        CollectionAssert.AreEqual(model.History.ThreadChanges, file.History!.ThreadChanges);
        CollectionAssert.AreEqual(model.History.Epochs.ToArray(), file.History!.Epochs.ToArray());
        CollectionAssert.AreEqual(model.Classes.ToArray(), file.Classes.ToArray());

        var scores = file.Transform(data).GetColumn<float[]>("Score").First();
        using var image = data.GetColumn<MLImage>("Image").First();
        var (map, same) = (model.GetClassActivationMap(image), file.GetClassActivationMap(image));
        Assert.AreEqual(map.ClassName, same.ClassName);
        CollectionAssert.AreEqual(map.Values.ToArray(), same.Values.ToArray());
        Assert.AreEqual(scores.Max(), map.Probability, 1e-5);
        Assert.AreEqual(Logits(folder["model.onnx"], image).Max(), map.Values.Average() + map.Bias, 1e-4);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_model_that_was_disposed_says_so_whether_it_had_a_map_or_not(bool hadMap)
    {
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 40);
        var model = SmallTask.Trainer(mlContext, options => options.Epoch = 1).Fit(data);
        using var image = SmallTask.Plain([200, 30, 90], 16, 16);
        if (hadMap)
            Assert.AreEqual(16, model.GetClassActivationMap(image).ImageHeight);
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.GetClassActivationMap(image));
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(data));
    }

    [TestMethod]
    public void Records_of_later_versions_and_broken_ones_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var (model, _) = Untrained(Pooled, false, out _);
        var text = FeatureMapGraph.MetadataOf(model.Backbone())![ModelRecord.Key];
        Assert.AreEqual(model.Plan.Optimized, ModelRecord.Parse(text).Plan.ToPlan().Optimized);
        Assert.Contains("version 9", Assert.ThrowsExactly<FormatException>(() => ModelRecord.Parse(text.Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal))).Message);
        Assert.ThrowsExactly<FormatException>(() => ModelRecord.Parse(text[..^5]));
        Assert.ThrowsExactly<FormatException>(() => ModelRecord.Parse("{}"));
    }

    [TestMethod]
    public void A_record_with_more_figures_of_the_training_is_read()
    {
        using var scope = torch.NewDisposeScope();
        var metrics = new TrainingMetrics
        {
            Epoch = 1, EpochCount = 1, Batch = 2, BatchCount = 2, Loss = 0.5, Accuracy = 0.75, LearningRate = 0.1, ImagesPerSecond = 10, Elapsed = TimeSpan.FromSeconds(3),
            Remaining = TimeSpan.Zero, IsEpochEnd = true,
        };
        var model = Untrained(Pooled, false, out _).Model with { History = new() { Epochs = [metrics], BestEpoch = 1, StopReason = TrainingStopReason.Completed, Device = "cpu", Seed = 7, TrainingImages = 20, ValidationImages = 0, BatchSize = 8, LearningRate = 0.1, Precision = TrainingPrecision.Float32 } };
        var text = FeatureMapGraph.MetadataOf(model.Backbone())![ModelRecord.Key];
        Assert.AreEqual(metrics, ModelRecord.Parse(text).History!.Epochs[0]);
        var longer = text.Replace("\"learningRate\":0.1,", "\"learningRate\":0.1,\"momentum\":0.9,", StringComparison.Ordinal);
        Assert.AreNotEqual(text, longer);
        Assert.AreEqual(metrics, ModelRecord.Parse(longer).History!.Epochs[0]);
    }

    private static float[] Logits(string path, MLImage image)
    {
        using var session = new InferenceSession(path);
        float[] pixels = [.. Enumerable.Range(0, 3).SelectMany(channel => Channel(image, channel))];
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(pixels, [1, 3, image.Height, image.Width]))]);
        return [.. results.First(result => result.Name == OnnxWriter.LogitsOutput).AsEnumerable<float>()];
    }

    private static float[] Channel(MLImage image, int channel)
    {
        var offset = image.PixelFormat == MLPixelFormat.Rgba32 ? channel : 2 - channel;
        var pixels = image.Pixels.ToArray();
        return [.. Enumerable.Range(0, image.Height * image.Width).Select(i => (float)pixels[(4 * i) + offset])];
    }

    private static MLImage Speck(ConvNet network, (int Row, int Column)? place)
    {
        var pixels = new byte[network.Input.Height * network.Input.Width * 4];
        if (place is { } at)
            pixels.AsSpan(((at.Row * network.Input.Width) + at.Column) * 4, 4).Fill(255);
        return MLImage.CreateFromPixels(network.Input.Width, network.Input.Height, MLPixelFormat.Rgba32, pixels);
    }

    private static (TrainedModel Model, float[] Logits) Untrained(ConvNet network, bool testTimeFlip, out MLImage image)
    {
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(3);
        var layout = NetworkLayout.Of(network);
        using var module = new TorchNetwork(layout, generator);
        module.eval();
        var (height, width) = (network.Input.Height, network.Input.Width);
        var pixels = torch.randint(0, 256, [height, width, 4], torch.ScalarType.Byte, generator: generator);
        image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, [.. pixels.data<byte>()]);
        var images = pixels.slice(2, 0, 3, 1).permute(2, 0, 1).unsqueeze(0).to(torch.ScalarType.Float32);
        images = (images - torch.tensor(Statistics.Mean).view(1, 3, 1, 1)) / torch.tensor(Statistics.StandardDeviation).view(1, 3, 1, 1);
        var logits = testTimeFlip ? (module.call(images) + module.call(images.flip(3))) / 2 : module.call(images);
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Picture", Height = height, Width = width };
        var model = new TrainedModel(NetworkPlan.Create(network, OrganizerOptions.Off), layout, module.Export(), Statistics, ["a", "b", "c"], preprocessing, testTimeFlip)
        {
            LabelColumnName = "Label",
            ScoreColumnName = "Score",
        };
        return (model, logits.contiguous().data<float>().ToArray());
    }
}
