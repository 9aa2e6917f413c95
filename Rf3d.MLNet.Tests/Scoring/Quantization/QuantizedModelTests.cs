using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
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
            using var session = new InferenceSession(_folder["quantized.onnx"]);
            for (var i = 0; i < scores.Count; i++)
            {
                ScoringFixture.AssertClose(scores[i], same[i]);
                ScoringFixture.AssertClose(scores[i], [.. predicted[i].Scores], 0.02);
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
        using var image = SmallTask.Plain([200, 30, 90], 16, 16);
        foreach (var precision in new[] { ModelPrecision.Int8, ModelPrecision.Float16 })
        {
            using var quantized = Quantize(precision);
            var map = quantized.GetClassActivationMap(image);
            Assert.AreEqual(map.Logit, map.Values.Average() + map.Bias, 1e-3, $"{precision}");
            Assert.AreEqual(quantized.Predict(image).Probability, map.Probability, 1e-3, $"{precision}");
            Assert.AreEqual(_model.GetClassActivationMap(image, map.ClassName).Logit, map.Logit, 0.5, $"{precision}");
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
