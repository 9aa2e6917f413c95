using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.MLNet.Tests.Scoring;
using Rf3d.MLNet.Tests.Training;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Calibration as a user meets it: in the scores of a trained model, in whatever form it is used.</summary>
[TestClass]
public class CalibrationTests
{
    private const string Classifier = "head.classifier";

    private static readonly MLContext MlContext = new(1);

    private static Rf3dImageClassificationTransformer _calibrated = null!;
    private static Rf3dImageClassificationTransformer _plain = null!;

    [ClassInitialize]
    public static void Train(TestContext context) => (_calibrated, _plain) = (Fit(), Fit(options => options.CalibrateProbabilities = false));

    [ClassCleanup]
    public static void Free()
    {
        _calibrated.Dispose();
        _plain.Dispose();
    }

    [TestMethod]
    public void The_last_layer_alone_is_divided_by_the_temperature()
    {
        var calibration = _calibrated.History.Calibration!;
        Assert.IsNull(_plain.History.Calibration);
        Assert.IsTrue(calibration.IsApplied);
        Assert.AreEqual(_calibrated.History.ValidationImages, calibration.Images);
        Assert.IsLessThan(calibration.LogLossBefore, calibration.LogLossAfter);
        Assert.AreEqual(_calibrated.History.Epochs[_calibrated.History.BestEpoch - 1].ValidationLoss!.Value, calibration.LogLossBefore, 1e-4);
        var (expected, actual) = (_plain.Model.Weights, _calibrated.Model.Weights);
        foreach (var name in expected.Names)
        {
            var factor = name.StartsWith(Classifier, StringComparison.Ordinal) ? 1 / calibration.Temperature : 1;
            for (var i = 0; i < expected[name].Values.Length; i++)
                Assert.AreEqual(factor * expected[name].Values[i], actual[name].Values[i], 1e-6, name);
        }
    }

    [TestMethod]
    public void No_predicted_class_changes()
    {
        var test = SmallTask.Images(MlContext, 100, seed: 5);
        CollectionAssert.AreEqual(_plain.Transform(test).GetColumn<uint>("PredictedLabel").ToArray(), _calibrated.Transform(test).GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void The_saved_model_the_onnx_file_and_MLNet_alone_give_the_same_probabilities()
    {
        using var folder = new TempFolder();
        var files = SavedModels.Images(folder, 6);
        var model = Save(_calibrated, folder);
        var expected = SavedModels.ScoresOfMLNet(File.ReadAllBytes(model), files);
        using var saved = Rf3dSavedModel.Load(MlContext, model);
        SavedModels.AssertSameScores(expected, [.. saved.Predict(files)]);
        Assert.AreEqual(_calibrated.History.Calibration, saved.History!.Calibration);

        _calibrated.SaveAsOnnx(folder["calibrated.onnx"]);
        saved.SaveAsOnnx(folder["saved.onnx"]);
        var image = new float[3 * 16 * 16];
        var random = new Random(1);
        foreach (ref var value in image.AsSpan())
            value = random.Next(256);
        CollectionAssert.AreEqual(ScoresOf(folder["calibrated.onnx"], image), ScoresOf(folder["saved.onnx"], image));
    }

    [TestMethod]
    public void A_later_training_starts_from_the_weights_before_it()
    {
        using var folder = new TempFolder();
        var source = WarmStartSource.Read(Save(_calibrated, folder)).Weights;
        foreach (var part in new[] { WeightTable.Weight, WeightTable.Bias })
        {
            var (expected, actual) = (_plain.Model.Weights[Classifier + part].Values, source[Classifier + part].Values);
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], 1e-6);
        }
    }

    [TestMethod]
    public void A_resumed_training_ends_with_the_same_temperature_and_checkpoints_have_none()
    {
        using var folder = new TempFolder();
        void Checkpoints(Rf3dImageClassificationTrainer.Options options) => options.CheckpointDirectory = folder["checkpoints"];
        Fit(options =>
        {
            Checkpoints(options);
            options.PauseAfterEpoch = 2;
        }).Dispose();
        using var resumed = Fit(Checkpoints);
        SmallTraining.AssertSameWeights(_calibrated.Model.Weights, resumed.Model.Weights);
        // Nothing is trained any more: the images are validated once.
        using var again = Fit(Checkpoints);
        Assert.AreEqual(_calibrated.History.Calibration!.Temperature, again.History.Calibration!.Temperature);
        SmallTraining.AssertSameWeights(_calibrated.Model.Weights, again.Model.Weights);
        // The option is no part of the training: its checkpoints go with and without it.
        using var plain = Fit(options =>
        {
            Checkpoints(options);
            options.CalibrateProbabilities = false;
        });
        SmallTraining.AssertSameWeights(_plain.Model.Weights, plain.Model.Weights);
    }

    [TestMethod]
    public void Few_images_are_no_reason_to_calibrate()
    {
        using var model = Fit(options => options.ValidationSetFraction = 0.1f);
        Assert.IsNull(model.History.Calibration);
    }

    private static Rf3dImageClassificationTransformer Fit(Action<Rf3dImageClassificationTrainer.Options>? change = null) => SmallTask.Trainer(new MLContext(1), options =>
    {
        (options.Epoch, options.Seed, options.ValidationSetFraction, options.Precision) = (4, 3, 0.5f, TrainingPrecision.Float32);
        change?.Invoke(options);
    }).Fit(SmallTask.Images(MlContext, 300));

    private static string Save(Rf3dImageClassificationTransformer model, TempFolder folder)
    {
        MlContext.Model.Save(model, SmallTask.Images(MlContext, 10).Schema, folder["model.zip"]);
        return folder["model.zip"];
    }

    private static float[] ScoresOf(string file, float[] image)
    {
        using var session = new InferenceSession(file);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(image, [1, 3, 16, 16]))], ["probabilities"]);
        return [.. results[0].AsEnumerable<float>()];
    }
}
