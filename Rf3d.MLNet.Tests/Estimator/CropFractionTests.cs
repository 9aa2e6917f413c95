using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Models whose network sees the middle of the resized images: the crop is part of the graph, and all that use a model see the same.</summary>
[TestClass]
public sealed class CropFractionTests : IDisposable
{
    // 16 / 0.75 is 21.3: three pixels are cut off on each side.
    private const int Resized = 22;
    private const int Seen = 16;

    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow(ImageStorage.Memory)]
    [DataRow(ImageStorage.Cache)]
    [DataRow(ImageStorage.Stream)]
    public void Validation_and_the_model_see_the_middle(ImageStorage storage)
    {
        var (train, validation) = (SmallTask.Images(_mlContext, 60, seed: 2), SmallTask.Images(_mlContext, 30, seed: 3));
        using var model = Trainer(options => (options.ImageStorage, options.Precision) = (storage, TrainingPrecision.Float32)).Fit(train, validation);
        Assert.AreEqual((Resized, Resized), (model.ImageHeight, model.ImageWidth));
        Assert.AreEqual(new TensorShape(3, Seen, Seen), model.Plan.Optimized.Input);
        var best = model.History.Epochs[model.History.BestEpoch - 1];
        Assert.AreEqual(best.ValidationLoss!.Value, _mlContext.MulticlassClassification.Evaluate(model.Transform(validation)).LogLoss, 1e-4);
    }

    [TestMethod]
    public void Pixels_beyond_the_middle_have_no_effect_on_the_model_its_zip_and_its_ONNX_file()
    {
        using var model = Trainer().Fit(SmallTask.Images(_mlContext, 60, seed: 2));
        using var plain = Image(border: null);
        using var framed = Image(border: 255);
        var expected = Scores(model, plain);
        CollectionAssert.AreEqual(expected, Scores(model, framed));

        _mlContext.Model.Save(model, null, _folder["model.zip"]);
        using var saved = Rf3dSavedModel.Load(_mlContext, _folder["model.zip"]);
        Assert.AreEqual((Resized, Resized), (saved.ImageHeight, saved.ImageWidth));
        AssertClose(expected, [.. saved.Predict(framed).Scores]);
        saved.SaveAsOnnx(_folder["saved.onnx"]);
        model.SaveAsOnnx(_folder["model.onnx"]);
        foreach (var file in new[] { "saved.onnx", "model.onnx" })
            AssertClose(expected, Probabilities(_folder[file], framed));
    }

    [TestMethod]
    public void A_class_activation_map_covers_the_pixels_that_the_network_sees()
    {
        using var model = Trainer().Fit(SmallTask.Images(_mlContext, 60, seed: 2));
        using var image = Image(border: 255);
        var map = model.GetClassActivationMap(image);
        Assert.AreEqual((Seen, Seen), (map.ImageHeight, map.ImageWidth));
        Assert.AreEqual(Scores(model, image).Max(), map.Probability, 1e-5);
        using var drawn = map.Overlay(opacity: 0);
        using var middle = Image(border: null, side: Seen);
        CollectionAssert.AreEqual(middle.Pixels.ToArray(), drawn.Pixels.ToArray());
    }

    [TestMethod]
    public void Without_pretrained_weights_all_of_an_image_is_seen()
    {
        using var model = SmallTask.Trainer(_mlContext).Fit(SmallTask.Images(_mlContext, 40));
        Assert.AreEqual(Seen, model.ImageHeight);
        Assert.IsNull(ModelRecord.Parse(FeatureMapGraph.MetadataOf(model.Model.Backbone())![ModelRecord.Key]).Resized);
        var error = Assert.ThrowsExactly<InvalidOptionsException>(() => Trainer(options => options.CropFraction = 0.4));
        Assert.Contains("CropFraction is 0.4; it must be at least 0.5 and at most 1", error.Message);
    }

    [TestMethod]
    public void A_warm_start_from_a_model_takes_its_crop_over_unless_another_is_asked_for()
    {
        var images = SmallTask.Images(_mlContext, 60, seed: 2);
        using (var model = Trainer().Fit(images))
            _mlContext.Model.Save(model, null, _folder["model.zip"]);
        (int, int) Sizes(double? cropFraction, ImageResizingEstimator.ResizingKind resizing = ImageResizingEstimator.ResizingKind.IsoCrop)
        {
            using var warm = Trainer(options => (options.Pretrained, options.CropFraction, options.Resizing, options.Epoch) = (_folder["model.zip"], cropFraction, resizing, 1)).Fit(images);
            return (warm.Plan.Optimized.Input.Height, warm.ImageHeight);
        }
        Assert.AreEqual((Seen, Resized), Sizes(null));
        Assert.AreEqual((Seen, Seen), Sizes(1));
        // As with weights from elsewhere.
        Assert.AreEqual((Seen, Seen), Sizes(null, ImageResizingEstimator.ResizingKind.Fill));
    }

    private Rf3dImageClassificationTrainer Trainer(Action<TrainerOptions>? change = null) => SmallTask.Trainer(_mlContext, options =>
    {
        (options.CropFraction, options.Seed, options.ImageCacheDirectory) = (0.75, 3, _folder.Path);
        change?.Invoke(options);
    });

    /// <summary>The same pixels in the middle, whatever the border. Of the right size, so that resizing changes nothing.</summary>
    private static MLImage Image(byte? border, int side = Resized)
    {
        var middle = new byte[Seen * Seen * 3];
        new Random(5).NextBytes(middle);
        var (pixels, edge) = (new byte[side * side * 4], (side - Seen) / 2);
        for (var i = 0; i < side * side; i++)
        {
            var (y, x) = ((i / side) - edge, (i % side) - edge);
            var isSeen = y is >= 0 and < Seen && x is >= 0 and < Seen;
            for (var channel = 0; channel < 3; channel++)
                pixels[(4 * i) + channel] = isSeen ? middle[(((y * Seen) + x) * 3) + channel] : border ?? 0;
            pixels[(4 * i) + 3] = byte.MaxValue;
        }
        return MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels);
    }

    private float[] Scores(Rf3dImageClassificationTransformer model, MLImage image)
    {
        using var copy = MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
        var data = _mlContext.Data.LoadFromEnumerable([new Row { Image = copy }]);
        return model.Transform(data).GetColumn<float[]>("Score").Single();
    }

    private static float[] Probabilities(string path, MLImage image)
    {
        using var session = new InferenceSession(path);
        CollectionAssert.AreEqual(new[] { -1, 3, Resized, Resized }, session.InputMetadata[OnnxWriter.ImageInput].Dimensions);
        var input = new DenseTensor<float>([1, 3, Resized, Resized]);
        var pixels = image.Pixels;
        for (var i = 0; i < Resized * Resized; i++)
        {
            for (var channel = 0; channel < 3; channel++)
                input.SetValue((channel * Resized * Resized) + i, pixels[(4 * i) + channel]);
        }
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxWriter.ImageInput, input)]);
        return [.. results.Single(result => result.Name == OnnxWriter.ProbabilitiesOutput).AsTensor<float>()];
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        foreach (var (first, second) in expected.Zip(actual))
            Assert.AreEqual(first, second, 1e-5);
    }

    private sealed class Row
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
