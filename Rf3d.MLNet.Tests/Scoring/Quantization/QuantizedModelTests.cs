using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring.Quantization;

/// <summary>Saved models that were quantized: they are used as any other.</summary>
[TestClass]
public sealed class QuantizedModelTests : IDisposable
{
    private static readonly Lazy<byte[]> Trained = new(Train);

    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);
    private readonly Rf3dSavedModel _model;

    public QuantizedModelTests() => _model = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["model.zip"], Trained.Value));

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void A_quantized_model_predicts_nearly_as_the_model_in_every_way_of_loading_it()
    {
        var data = SmallTask.Images(_mlContext, 100, seed: 9);
        foreach (var (precision, agreement) in new[] { (ModelPrecision.Int8, 0.9), (ModelPrecision.Float16, 0.97) })
        {
            using var quantized = Quantize(precision);
            quantized.Save(_folder["quantized.zip"]);
            Assert.IsLessThan(new FileInfo(_folder["model.zip"]).Length, new FileInfo(_folder["quantized.zip"]).Length);
            using var loaded = Rf3dSavedModel.Load(new MLContext(), _folder["quantized.zip"]);
            Assert.AreEqual(precision, loaded.Precision);
            Assert.AreEqual(quantized.Quantization!.Layers, loaded.Quantization!.Layers);
            CollectionAssert.AreEqual(_model.Classes.ToArray(), loaded.Classes.ToArray());
            Assert.AreEqual(_model.History!.BestEpoch, loaded.History!.BestEpoch);
            Assert.AreEqual(_model.Plan.ToJson(), loaded.Plan.ToJson());

            var comparison = ModelComparison.Run(_model, loaded, data);
            Assert.AreEqual(100, comparison.Images);
            Assert.IsGreaterThanOrEqualTo(agreement, comparison.Agreement, $"{precision}");
            Assert.IsGreaterThan(0.3, comparison.First.MicroAccuracy, "The model has not learned anything.");

            // Bare ML.NET, and ONNX Runtime alone.
            var scores = loaded.Transform(data).GetColumn<float[]>("Score").ToList();
            var bare = new MLContext().Model.Load(_folder["quantized.zip"], out _);
            var same = bare.Transform(data).GetColumn<float[]>("Score").ToList();
            (bare as IDisposable)?.Dispose();
            var predicted = loaded.Predict(data.GetColumn<MLImage>("Image")).ToList();
            loaded.SaveAsOnnx(_folder["quantized.onnx"]);
            var alone = ScoresOfOnnxRuntime(_folder["quantized.onnx"], data);
            for (var i = 0; i < scores.Count; i++)
            {
                ScoringFixture.AssertClose(scores[i], same[i]);
                ScoringFixture.AssertClose(scores[i], [.. predicted[i].Scores], 0.02);
                ScoringFixture.AssertClose(scores[i], alone[i], 0.02);
            }
        }
    }

    [TestMethod]
    public void The_record_says_how_it_was_quantized()
    {
        var names = Assert.ThrowsExactly<ArgumentException>(() => Quantize(ModelPrecision.Int8, new() { Float32Layers = ["none"] })).Message;
        Assert.Contains("no layer 'none'", names);
        var steps = new List<CalibrationProgress>();
        using var quantized = Quantize(ModelPrecision.Int8, new() { CalibrationImages = 7, Method = CalibrationMethod.Percentile, WeightBits = 7, ProgressCallback = steps.Add });
        var record = quantized.Quantization!;
        Assert.AreEqual((ModelPrecision.Int8, 7, CalibrationMethod.Percentile, 7, 6), (record.Precision, record.CalibrationImages, record.Method, record.WeightBits, record.Layers));
        CollectionAssert.AreEqual(Enumerable.Range(1, 7).Select(done => new CalibrationProgress(done, 7)).ToList(), steps);
        Assert.IsNull(_model.Quantization);
        Assert.AreEqual(ModelPrecision.Float32, _model.Precision);
    }

    [TestMethod]
    public void The_same_images_give_the_same_file_from_files_and_on_any_number_of_threads()
    {
        var files = SavedModels.Images(_folder, 12);
        var backbones = new[] { 1, 3 }.Select(threads =>
        {
            using var quantized = _model.Quantize(files, new() { Images = new() { MaxDegreeOfParallelism = threads } });
            quantized.Save(_folder["same.zip"]);
            using var file = File.OpenRead(_folder["same.zip"]);
            return SavedModelFile.OnnxModels(file).Single();
        }).ToList();
        CollectionAssert.AreEqual(backbones[0], backbones[1]);
    }

    [TestMethod]
    public void Class_activation_maps_add_up_to_the_scores()
    {
        // As near as QuantizedGraphTests has them: a share of the spread of the logits.
        foreach (var (precision, tolerance) in new[] { (ModelPrecision.Int8, 0.06), (ModelPrecision.Float16, 0.006) })
        {
            using var quantized = Quantize(precision);
            List<(double Expected, double Actual)> logits = [];
            foreach (var image in SmallTask.Images(_mlContext, 6, seed: 9).GetColumn<MLImage>("Image"))
            {
                var map = quantized.GetClassActivationMap(image);
                Assert.AreEqual(map.Logit, map.Values.Average() + map.Bias, 1e-3, $"{precision}");
                Assert.AreEqual(quantized.Predict(image).Probability, map.Probability, 1e-3, $"{precision}");
                foreach (var name in _model.Classes)
                    logits.Add((_model.GetClassActivationMap(image, name).Logit, quantized.GetClassActivationMap(image, name).Logit));
            }
            var spread = logits.Max(logit => logit.Expected) - logits.Min(logit => logit.Expected);
            Assert.IsGreaterThan(0.01, spread, "Images that all score alike show nothing.");
            foreach (var (expected, actual) in logits)
                Assert.AreEqual(expected, actual, tolerance * spread, $"{precision}");
        }
    }

    [TestMethod]
    public void A_model_at_the_end_of_a_pipeline_stays_there()
    {
        var data = SmallTask.Images(_mlContext, 20);
        var pipeline = _mlContext.Transforms.CopyColumns("Copy", "ImagePath").Append(SmallTask.Trainer(_mlContext, options => options.Epoch = 1));
        var withPath = _mlContext.Transforms.CopyColumns("ImagePath", "Label").Fit(data).Transform(data);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(pipeline.Fit(withPath), withPath.Schema, stream);
        stream.Position = 0;
        using var model = Rf3dSavedModel.Load(_mlContext, stream);
        using var quantized = model.Quantize(withPath);
        Assert.IsNotNull(quantized.Transform(withPath).Schema.GetColumnOrNull("Copy"));
        CollectionAssert.AreEqual(model.InputSchema!.Select(column => column.Name).ToList(), quantized.InputSchema!.Select(column => column.Name).ToList());
    }

    [TestMethod]
    public void A_pipeline_is_calibrated_with_the_images_that_its_classifier_reads()
    {
        var images = SmallTask.Images(_mlContext, 40);
        var graying = _mlContext.Transforms.ConvertToGrayscale("Image").Fit(images);
        var classifier = SmallTask.Trainer(_mlContext, options => options.Epoch = 1).Fit(graying.Transform(images));
        _mlContext.Model.Save(new TransformerChain<ITransformer>(graying, classifier), images.Schema, _folder["pipeline.zip"]);
        _mlContext.Model.Save(classifier, images.Schema, _folder["classifier.zip"]);
        using var pipeline = Rf3dSavedModel.Load(_mlContext, _folder["pipeline.zip"]);
        using var alone = Rf3dSavedModel.Load(_mlContext, _folder["classifier.zip"]);
        Assert.AreEqual((1, 0), (pipeline.ImageSteps.Length, alone.ImageSteps.Length));

        using (var quantized = pipeline.Quantize(images))
            quantized.Save(_folder["quantized-pipeline.zip"]);
        using (var quantized = alone.Quantize(graying.Transform(images)))
            quantized.Save(_folder["quantized-classifier.zip"]);
        CollectionAssert.AreEqual(Network(_folder["quantized-classifier.zip"]), Network(_folder["quantized-pipeline.zip"]));
        using (var quantized = pipeline.ToFloat16())
            Assert.AreEqual(1, quantized.ImageSteps.Length);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Quantize(SavedModels.Images(_folder, 3)));
        Assert.Contains("(ImageGrayscalingTransformer). Files do not go through it.", error.Message);

        static byte[] Network(string path)
        {
            using var file = File.OpenRead(path);
            return SavedModelFile.OnnxModels(file).Single();
        }
    }

    [TestMethod]
    public void A_model_is_quantized_once_and_starts_no_training()
    {
        foreach (var precision in new[] { ModelPrecision.Int8, ModelPrecision.Float16 })
        {
            using var quantized = Quantize(precision);
            Assert.Contains("quantized already", Assert.ThrowsExactly<InvalidOperationException>(() => quantized.ToFloat16()).Message);
            Assert.Contains("quantized already", Assert.ThrowsExactly<InvalidOperationException>(() => quantized.Quantize(SmallTask.Images(_mlContext, 4))).Message);
            Assert.Contains("ONNX Runtime alone", Assert.ThrowsExactly<OptionConflictException>(() => quantized.ToTorch(gpu: 0)).Message);
            quantized.Save(_folder["quantized.zip"]);
            var error = Assert.ThrowsExactly<FormatException>(() => WarmStartSource.Read(_folder["quantized.zip"]));
            Assert.Contains("quantized.zip' cannot be used: its network is quantized", error.Message);
            Assert.Contains("its network is quantized", Assert.ThrowsExactly<FormatException>(() => SavedModelNetwork.Read(_folder["quantized.zip"])).Message);
        }
    }

    [TestMethod]
    public void Images_that_are_missing_damaged_or_of_another_column_are_named()
    {
        Assert.Contains("There are no images", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize([])).Message);
        var cut = SavedModels.CutImage(_folder);
        Assert.Contains("cut.png", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize([cut])).Message);
        var skip = new QuantizationOptions { Images = new() { ContinueOnError = true } };
        Assert.Contains("None of the images", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize([cut, _folder["missing.png"]], skip)).Message);
        using (var quantized = _model.Quantize([cut, .. SavedModels.Images(_folder, 3)], skip))
            Assert.AreEqual(3, quantized.Quantization!.CalibrationImages);
        var other = _mlContext.Data.LoadFromEnumerable([new { Photo = 1f }]);
        Assert.Contains("no column 'Image' of images. It has 'Photo'", Assert.ThrowsExactly<ArgumentException>(() => _model.Quantize(other)).Message);
    }

    [TestMethod]
    public void Rows_without_an_image_and_bad_files_behind_other_views_are_named_or_left_out()
    {
        var skip = new QuantizationOptions { Images = new() { ContinueOnError = true } };
        var rows = _mlContext.Data.LoadFromEnumerable(new[] { new SmallTask.Row { Image = SmallTask.Plain([200, 30, 90], 20, 16) }, new SmallTask.Row() });
        Assert.StartsWith("Row 1 has no image in the column 'Image'", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize(rows)).Message);
        using (var quantized = _model.Quantize(rows, skip))
            Assert.AreEqual(1, quantized.Quantization!.CalibrationImages);

        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(_folder.New("data", $"class{i % 2}", $"{i}.png"), [(byte)(20 * i), 90, 40], 16, 16);
        File.WriteAllText(_folder["data", "class0", "text.png"], "text");
        var data = _mlContext.Data.TakeRows(_mlContext.Data.LoadImageFolder(_folder["data"]), 13);
        Assert.Contains("text.png", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize(data)).Message);
        using (var quantized = _model.Quantize(data, skip))
            Assert.AreEqual(12, quantized.Quantization!.CalibrationImages);
    }

    [TestMethod]
    public void A_folder_that_skips_bad_images_and_limits_their_size_does_so_here()
    {
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(_folder.New("data", $"class{i % 2}", $"{i}.png"), [(byte)(20 * i), 90, 40], 16, 16);
        File.WriteAllText(_folder["data", "class0", "text.png"], "text");
        Assert.Contains("text.png", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize(_mlContext.Data.LoadImageFolder(_folder["data"]))).Message);
        using (var quantized = _model.Quantize(_mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { OnBadImage = BadImageAction.Skip })))
            Assert.AreEqual(12, quantized.Quantization!.CalibrationImages);
        File.Delete(_folder["data", "class0", "text.png"]);
        var small = _mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { MaxPixels = 100 });
        Assert.Contains("16×16 pixels", Assert.ThrowsExactly<InvalidDataException>(() => _model.Quantize(small)).Message);
    }

    [TestMethod]
    public void Options_out_of_range_are_named()
    {
        foreach (var (options, name) in new (QuantizationOptions, string)[]
        {
            (new() { CalibrationImages = 0 }, "CalibrationImages"), (new() { CalibrationImages = 100_001 }, "CalibrationImages"), (new() { WeightBits = 4 }, "WeightBits"),
            (new() { Method = (CalibrationMethod)9 }, "Method"), (new() { Images = new() { MaxPixels = 0 } }, "MaxPixels"),
        })
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _model.Quantize(["a.png"], options)).ParamName);
        }
    }

    [TestMethod]
    public void It_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var options = new QuantizationOptions { ProgressCallback = _ => cancellation.Cancel() };
        Assert.ThrowsExactly<OperationCanceledException>(() => _model.Quantize(SmallTask.Images(_mlContext, 100), options, cancellation.Token));
    }

    [TestMethod]
    public void A_file_that_cannot_be_written_leaves_nothing()
    {
        Assert.ThrowsExactly<IOException>(() => _model.Save(_folder["none", "model.zip"]));
        Assert.IsFalse(Directory.Exists(_folder["none"]));
    }

    [TestMethod]
    public void Images_are_taken_evenly()
    {
        CollectionAssert.AreEqual(new[] { "0", "2", "5", "7" }, CalibrationImages.Choose([.. Enumerable.Range(0, 10).Select(i => $"{i}")], 4).ToArray());
        CollectionAssert.AreEqual(new[] { "0", "1" }, CalibrationImages.Choose(["0", "1"], 4).ToArray());
        Assert.IsEmpty(CalibrationImages.Choose(Array.Empty<string>(), 4));
    }

    /// <summary>The probabilities of a whole classifier for images of its size, which need no other preparation.</summary>
    private static List<float[]> ScoresOfOnnxRuntime(string path, IDataView data)
    {
        using var session = new InferenceSession(path);
        return [.. data.GetColumn<MLImage>("Image").Select(image =>
        {
            var (pixels, red, area) = (image.Pixels.ToArray(), image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2, image.Height * image.Width);
            float[] planes = [.. Enumerable.Range(0, 3 * area).Select(i => (float)pixels[(4 * (i % area)) + Math.Abs(red - (i / area))])];
            using var results = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(planes, [1, 3, image.Height, image.Width]))]);
            return results.First(result => result.Name == OnnxWriter.ProbabilitiesOutput).AsEnumerable<float>().ToArray();
        })];
    }

    private Rf3dSavedModel Quantize(ModelPrecision precision, QuantizationOptions? options = null) =>
        precision == ModelPrecision.Int8 ? _model.Quantize(SmallTask.Images(_mlContext, 60), options) : _model.ToFloat16();

    private static byte[] Train()
    {
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 300);
        using var model = SmallTask.Trainer(mlContext, options => options.Epoch = 4).Fit(data);
        using var stream = new MemoryStream();
        mlContext.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }
}
