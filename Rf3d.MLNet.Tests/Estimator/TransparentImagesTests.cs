using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Transparent pixels are seen over the background by everything that trains, validates or scores.</summary>
[TestClass]
public sealed class TransparentImagesTests : IDisposable
{
    private const int Size = 16;

    private readonly MLContext _mlContext = new(1);
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly TempFolder _folder = new();

    public TransparentImagesTests() => _mlContext.Log += (_, log) => _messages.Enqueue(log.Message);

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(6)]
    public void Drawings_on_a_transparent_ground_are_learned_and_counted()
    {
        using var model = Fit(options => options.Epoch = 8);
        var test = _mlContext.Data.LoadImageFolder(TransparentIcons.WriteBars(_folder, "test", 40, seed: 2));
        Assert.AreEqual(1, _mlContext.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy);
        Assert.AreEqual(RgbColor.White, model.Background);
        Assert.ContainsSingle(message => message.Contains("60 of 60 training images have transparent pixels. The colour ffffff is put behind them.", StringComparison.Ordinal), _messages);
        Assert.DoesNotContain(message => message.Contains("training images too", StringComparison.Ordinal) || message.Contains("transparent in every pixel", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void A_background_of_the_drawing_s_colour_leaves_nothing_to_see()
    {
        using var model = Fit(options => options.Background = RgbColor.Black);
        Assert.Contains(message => message.Contains("training images too", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    public void Images_of_alpha_zero_throughout_are_warned_of()
    {
        var rows = Enumerable.Range(0, 20).Select(i => new SmallTask.Row { Label = i % 2 == 0 ? "a" : "b", Image = MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Rgba32, [.. Enumerable.Range(0, Size * Size).SelectMany(_ => new byte[] { (byte)i, 9, 9, 0 })]) }).ToList();
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        using var model = SmallTask.Trainer(_mlContext, options => options.Epoch = 1).Fit(_mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data));
        Assert.Contains(message => message.Contains("20 of 20 training images are transparent in every pixel", StringComparison.Ordinal), _messages);
    }

    [TestMethod]
    [FieldReport(6)]
    [DataRow("white")]
    [DataRow("c8a05a")]
    public void All_ways_to_score_see_the_same_pixels(string background)
    {
        // Hardly trained, so that scores are not all 0 or 1.
        using var model = Fit(options => (options.Background, options.Epoch, options.LearningRate) = (RgbColor.Parse(background), 1, 0.003));
        var zip = Save(model);
        var files = TransparentIcons.WriteCircles(_folder, 12, Size);

        var expected = SavedModels.ScoresOfMLNet(zip, files);

        Assert.IsGreaterThan(1e-2f, expected.Max(scores => scores[0]) - expected.Min(scores => scores[0]), "Equal scores would make the test pass always.");
        AssertSame(expected, model.Transform(Images(files)).GetColumn<float[]>("Score"), "Transform");
        using var saved = Rf3dSavedModel.Load(new MLContext(), new MemoryStream(zip));
        Assert.AreEqual(RgbColor.Parse(background), saved.Background);
        AssertSame(expected, saved.Predict(files).Select(prediction => prediction.Scores.ToArray()), "Predict, files");
        AssertSame(expected, files.Select(file => saved.Predict(new MemoryStream(File.ReadAllBytes(file))).Scores.ToArray()), "Predict, streams");
        AssertSame(expected, files.Select(file => Using(MLImage.CreateFromFile(file), image => saved.Predict(image).Scores.ToArray())), "Predict, images");
        AssertSame(expected, saved.Transform(Images(files)).GetColumn<float[]>("Score"), "Transform of the saved model");
        var maps = files.Select(file => Using(MLImage.CreateFromFile(file), image => (Ours: model.GetClassActivationMap(image), Saved: saved.GetClassActivationMap(image)))).ToList();
        AssertSame([.. expected.Select(scores => new[] { scores.Max() })], maps.Select(map => new[] { map.Ours.Probability }), "Maps");
        AssertSame([.. expected.Select(scores => new[] { scores.Max() })], maps.Select(map => new[] { map.Saved.Probability }), "Maps of the saved model");

        model.SaveAsOnnx(_folder["a.onnx"]);
        saved.SaveAsOnnx(_folder["b.onnx"]);
        foreach (var file in new[] { "a.onnx", "b.onnx" })
            AssertSame(expected, ScoresOfOnnx(_folder[file], files, RgbColor.Parse(background)), file);
    }

    [TestMethod]
    [DataRow(ImageStorage.Memory)]
    [DataRow(ImageStorage.Cache)]
    [DataRow(ImageStorage.Stream)]
    public void Validation_measures_the_model_wherever_images_are_kept(ImageStorage storage)
    {
        var validation = _mlContext.Data.LoadImageFolder(TransparentIcons.WriteBars(_folder, "validation", 30, seed: 3));
        using var model = Fit(options => (options.ImageStorage, options.Background, options.ValidationSet) = (storage, new RgbColor(200, 150, 90), validation));
        var metrics = _mlContext.MulticlassClassification.Evaluate(model.Transform(validation));
        Assert.AreEqual(model.History.Epochs[model.History.BestEpoch - 1].ValidationLoss!.Value, metrics.LogLoss, 1e-4);
        // Most of each image is the background.
        Assert.AreEqual(200.0 - 90, model.Model.Statistics.Mean[0] - model.Model.Statistics.Mean[2], 40);
    }

    [TestMethod]
    public void A_kept_cache_is_written_again_for_another_background()
    {
        string[] Decoded(RgbColor background)
        {
            _messages.Clear();
            Fit(options => (options.ImageCacheDirectory, options.Background, options.Epoch) = (_folder["cache"], background, 1)).Dispose();
            return [.. _messages.Where(message => message.Contains("were decoded in", StringComparison.Ordinal))];
        }
        Assert.HasCount(1, Decoded(RgbColor.White));
        Assert.IsEmpty(Decoded(RgbColor.White));
        Assert.Contains(message => message.Contains("60 of 60 training images have transparent pixels", StringComparison.Ordinal), _messages);
        Assert.HasCount(1, Decoded(new RgbColor(255, 255, 254)));
    }

    [TestMethod]
    public void Opaque_images_score_as_they_did_when_alpha_was_not_looked_at()
    {
        using var model = Fit();
        var random = new Random(1);
        float[] colours = [.. Enumerable.Range(0, 3 * Size * Size).Select(_ => (float)random.Next(256))];
        var plain = WithoutBackground(model);
        CollectionAssert.AreEqual(Features(plain.Backbone(), colours, 3), Features(model.Model.Backbone(), [.. Enumerable.Repeat(255f, Size * Size), .. colours], 4));
    }

    [TestMethod]
    public void Models_without_a_background_look_at_red_green_and_blue_alone()
    {
        using var model = Fit();
        var plain = WithoutBackground(model);
        var head = plain.Head();
        var weights = new float[head.Biases.Length, head.Weights.Length / head.Biases.Length];
        Buffer.BlockCopy(head.Weights, 0, weights, 0, head.Weights.Length * sizeof(float));
        var data = _mlContext.Data.LoadImageFolder(_folder["train"]);
        using var chain = ScoringChain.Build(ScoringFixture.EnvironmentOf(_mlContext), new ScoringChainSettings
        {
            Preprocessing = plain.Preprocessing, TrainingData = data, LabelColumnName = "Label", Backbone = plain.Backbone(), HeadWeights = weights, HeadBiases = head.Biases,
        });
        using var stream = new MemoryStream();
        _mlContext.Model.Save(chain, data.Schema, stream);
        var files = TransparentIcons.WriteCircles(_folder, 4, Size);

        using var saved = Rf3dSavedModel.Load(new MLContext(), stream);

        Assert.IsNull(saved.Background);
        AssertSame(SavedModels.ScoresOfMLNet(stream.ToArray(), files), saved.Predict(files).Select(prediction => prediction.Scores.ToArray()), "Predict");
        saved.SaveAsOnnx(_folder["c.onnx"]);
    }

    private Rf3dImageClassificationTransformer Fit(Action<Rf3dImageClassificationTrainer.Options>? change = null)
    {
        var data = _mlContext.Data.LoadImageFolder(Directory.Exists(_folder["train"]) ? _folder["train"] : TransparentIcons.WriteBars(_folder, "train", 60, seed: 1));
        return SmallTask.Trainer(_mlContext, options =>
        {
            (options.BatchSize, options.Seed, options.RandomFlip) = (10, 1, false);
            change?.Invoke(options);
        }).Fit(data);
    }

    private byte[] Save(Rf3dImageClassificationTransformer model)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, _mlContext.Data.LoadImageFolder(_folder["train"]).Schema, stream);
        return stream.ToArray();
    }

    private static TrainedModel WithoutBackground(Rf3dImageClassificationTransformer model) =>
        model.Model with { Preprocessing = model.Model.Preprocessing with { Background = null } };

    private IDataView Images(string[] files)
    {
        var rows = _mlContext.Data.LoadFromEnumerable(files.Select(file => new ImageFile { Path = file }));
        return _mlContext.Transforms.LoadImages("Image", "", nameof(ImageFile.Path)).Fit(rows).Transform(rows);
    }

    /// <summary>As an application without ML.NET would prepare them: three channels, over the background.</summary>
    private List<float[]> ScoresOfOnnx(string path, string[] files, RgbColor background)
    {
        using var session = new InferenceSession(path);
        Assert.AreEqual(background.ToString(), session.ModelMetadata.CustomMetadataMap["background"]);
        Assert.AreEqual(3, session.InputMetadata["image"].Dimensions[1]);
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = Size, Width = Size, Background = background };
        var scores = new List<float[]>();
        foreach (var planes in preprocessing.Apply(_mlContext.Transforms, Images(files)).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName))
        {
            var pixels = new float[3 * Size * Size];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = MathF.Round(planes[(Size * Size) + i] + (background.Values[i / (Size * Size)] * (1 - (planes[i % (Size * Size)] / 255))));
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, Size, Size]);
            using var options = new RunOptions();
            using var outputs = session.Run(options, ["image"], [input], ["probabilities"]);
            scores.Add(outputs[0].GetTensorDataAsSpan<float>().ToArray());
        }
        return scores;
    }

    private static float[] Features(byte[] backbone, float[] pixels, int channels)
    {
        using var session = new InferenceSession(backbone);
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, channels, Size, Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, session.InputNames, [input], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static void AssertSame(float[][] expected, IEnumerable<float[]> actual, string how)
    {
        var scores = actual.ToArray();
        Assert.HasCount(expected.Length, scores);
        for (var i = 0; i < scores.Length; i++)
        {
            for (var k = 0; k < scores[i].Length; k++)
                Assert.AreEqual(expected[i][k], scores[i][k], 1e-3f, $"{how}: image {i}");
        }
    }

    private static TResult Using<TResult>(MLImage image, Func<MLImage, TResult> use)
    {
        using (image)
            return use(image);
    }

    private sealed class ImageFile
    {
        public string Path { get; set; } = "";
    }
}
