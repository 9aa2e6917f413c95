using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring.Confidence;

/// <summary>Images that a saved model does not answer.</summary>
[TestClass]
public sealed class ThresholdTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string[] _files;
    private readonly string _path;

    public ThresholdTests() => (_files, _path) = (SavedModels.Images(_folder, 8), SavedModels.Write(_folder["model.zip"]));

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void An_image_below_the_threshold_is_unknown_and_its_best_class_is_there()
    {
        var all = Predict(null);
        Assert.IsTrue(all.All(prediction => !prediction.IsUnknown && prediction.PredictedLabel == prediction.BestLabel));
        var threshold = all.Select(prediction => prediction.Probability).Order().ElementAt(4);
        var some = Predict(threshold);
        for (var i = 0; i < all.Length; i++)
        {
            Assert.AreEqual(all[i].Probability < threshold, some[i].IsUnknown);
            Assert.AreEqual(some[i].IsUnknown ? "Unknown" : all[i].PredictedLabel, some[i].PredictedLabel);
            Assert.AreEqual((all[i].PredictedLabel, all[i].PredictedIndex), (some[i].BestLabel, some[i].PredictedIndex));
            CollectionAssert.AreEqual(all[i].Scores, some[i].Scores);
        }
        Assert.AreEqual(4, some.Count(prediction => prediction.IsUnknown));
    }

    [TestMethod]
    public void A_threshold_is_stored_in_the_model_and_can_be_overridden()
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), _path);
        Assert.AreEqual(0f, model.MinConfidence);
        var scores = SavedModels.ScoresOfMLNet(File.ReadAllBytes(_path), _files);
        Rf3dSavedModel.StoreMinConfidence(_path, 0.5f);
        Rf3dSavedModel.StoreMinConfidence(_path, 0.995f);
        using var stored = Rf3dSavedModel.Load(new MLContext(), _path);
        Assert.AreEqual((0.995f, "Unknown"), (stored.MinConfidence, stored.UnknownLabel));
        Assert.IsTrue(stored.Predict(_files).All(prediction => prediction.IsUnknown));
        Assert.IsFalse(Predict(0).Any(prediction => prediction.IsUnknown));
        // ML.NET knows nothing of it.
        Assert.AreEqual(model.Plan.ToJson(), stored.Plan.ToJson());
        Assert.AreEqual(model.History!.BestEpoch, stored.History!.BestEpoch);
        var after = SavedModels.ScoresOfMLNet(File.ReadAllBytes(_path), _files);
        for (var i = 0; i < scores.Length; i++)
            CollectionAssert.AreEqual(scores[i], after[i]);
        using var predictor = new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, WatchForChanges = false });
        Assert.IsTrue(predictor.Predict(_files[0]).IsUnknown);
        using var open = new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, WatchForChanges = false, MinConfidence = 0 });
        Assert.IsFalse(open.Predict(_files[0]).IsUnknown);
    }

    [TestMethod]
    public void An_onnx_file_says_which_threshold_its_model_has()
    {
        Assert.IsFalse(Metadata().ContainsKey("rf3d.min_confidence"));
        Rf3dSavedModel.StoreMinConfidence(_path, 0.75f);
        Assert.AreEqual("0.75", Metadata()["rf3d.min_confidence"]);
        Assert.AreEqual("0.75", Metadata(new() { MinConfidence = 0 })["rf3d.min_confidence"], "What one application chooses is not stored.");

        Dictionary<string, string> Metadata(SavedModelOptions? options = null)
        {
            using var model = Rf3dSavedModel.Load(new MLContext(), _path, options);
            model.SaveAsOnnx(_folder["model.onnx"]);
            using var session = new InferenceSession(_folder["model.onnx"]);
            return new(session.ModelMetadata.CustomMetadataMap);
        }
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_threshold_is_stored_in_the_file_that_a_link_leads_to()
    {
        File.CreateSymbolicLink(_folder["current.zip"], "model.zip");
        File.CreateSymbolicLink(_folder["served.zip"], _folder["current.zip"]);
        Rf3dSavedModel.StoreMinConfidence(_folder["served.zip"], 0.75f);
        Assert.AreEqual((_folder["current.zip"], "model.zip"), (new FileInfo(_folder["served.zip"]).LinkTarget, new FileInfo(_folder["current.zip"]).LinkTarget));
        using var model = Rf3dSavedModel.Load(new MLContext(), _path);
        Assert.AreEqual(0.75f, model.MinConfidence);
    }

    [TestMethod]
    public void Scores_that_are_not_numbers_are_no_answer()
    {
        Assert.IsTrue(ConfidenceThreshold.Of(0.5f, ["a"]).IsUnknown(float.NaN, null));
        Assert.IsTrue((ConfidenceThreshold.Of(0, ["a"]) with { MinTypicality = 0.1f }).IsUnknown(1, float.NaN));
        Assert.IsFalse((ConfidenceThreshold.Of(0.5f, ["a"]) with { MinTypicality = 0.1f }).IsUnknown(0.5f, null));
        using var model = Rf3dSavedModel.Load(new MLContext(), _path, new() { Network = _ => new Overflowing() });
        var error = Assert.ThrowsExactly<NotSupportedException>(() => model.Predict(_files, new() { ContinueOnError = true }).Count());
        Assert.Contains($"the image '{_files[0]}' that are not numbers", error.Message);
    }

    [TestMethod]
    public void An_evaluation_says_how_many_images_are_answered()
    {
        using var model = Rf3dSavedModel.Load(new MLContext(1), _path, new() { MinConfidence = 0.2f });
        var evaluation = model.Evaluate(SmallTask.Images(new MLContext(1), 40, seed: 5));
        Assert.AreEqual((0.2f, 40L), (evaluation.Answered.MinConfidence, evaluation.Answered.Images));
        Assert.AreEqual(evaluation.Coverage.At(0.2f), evaluation.Answered);
        // The figures of all images do not change.
        Assert.AreEqual(evaluation.MicroAccuracy, evaluation.Coverage.At(0).Accuracy, 1e-12);
        Assert.IsLessThan(40, evaluation.Answered.Answered);
    }

    [TestMethod]
    [DataRow("Unknown", "(Unknown)")]
    [DataRow("unknown", "(Unknown)")]
    [DataRow("(Unknown)", "Unknown")]
    public void A_class_of_that_name_is_not_mistaken_for_it(string name, string expected)
    {
        var label = ConfidenceThreshold.Of(0.5f, ["ants", name]).UnknownLabel;
        Assert.AreEqual(expected, label);
        Assert.AreEqual("((Unknown))", ConfidenceThreshold.Of(0.5f, ["UNKNOWN", "(unknown)"]).UnknownLabel);
    }

    [TestMethod]
    [DataRow(-0.01f)]
    [DataRow(1.01f)]
    [DataRow(float.NaN)]
    public void Thresholds_outside_0_to_1_are_named(float threshold)
    {
        Assert.Contains("MinConfidence must be from 0 to 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Predict(threshold)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Rf3dSavedModel.StoreMinConfidence(_path, threshold));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, MinConfidence = threshold }));
    }

    [TestMethod]
    public void A_file_that_is_no_model_gets_no_threshold()
    {
        Assert.ThrowsExactly<FileNotFoundException>(() => Rf3dSavedModel.StoreMinConfidence(_folder["absent.zip"], 0.5f));
        File.WriteAllText(_folder["text.zip"], "text");
        Assert.Contains("text.zip", Assert.ThrowsExactly<FormatException>(() => Rf3dSavedModel.StoreMinConfidence(_folder["text.zip"], 0.5f)).Message);
        Assert.AreEqual("text", File.ReadAllText(_folder["text.zip"]));
    }

    [TestMethod]
    public void A_record_without_threshold_and_calibration_is_read()
    {
        using var file = File.OpenRead(_path);
        var record = ModelRecord.In(file)!;
        var json = record.ToJson();
        var old = ModelRecord.Parse(json.Replace("\"minConfidence\":0,", "", StringComparison.Ordinal));
        Assert.AreEqual((0f, null), (old.MinConfidence, old.History!.Calibration));
        Assert.DoesNotContain("calibration", json);
    }

    private sealed class Overflowing : IScoringNetwork
    {
        public int BatchSize => 1;

        public float[] Score(Memory<float> pixels, int images) => [.. Enumerable.Repeat(float.NaN, 10 * images)];

        public void Dispose()
        {
        }
    }

    private ImagePrediction[] Predict(float? minConfidence)
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), _path, new() { MinConfidence = minConfidence });
        return [.. model.Predict(_files)];
    }
}
