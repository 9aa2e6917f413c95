using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>Figures are right whatever keys the labels of the test data have: their values count.</summary>
[TestClass]
public sealed class LabelAlignmentTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(3)]
    public void A_test_folder_that_lacks_classes_is_measured_by_value()
    {
        using var model = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["model.zip"]));
        var data = Folder(model.Classes[3], model.Classes[7]);
        var all = _mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = model.Classes });
        var expected = _mlContext.MulticlassClassification.Evaluate(model.Transform(all));
        var actual = _mlContext.MulticlassClassification.Evaluate(model.Transform(data));
        Assert.AreEqual(expected.MicroAccuracy, actual.MicroAccuracy);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-9);
        Assert.AreEqual(expected.MicroAccuracy, model.Evaluate(data).MicroAccuracy);
    }

    [TestMethod]
    [FieldReport(3)]
    public void A_test_folder_of_one_class_is_measured()
    {
        const int Class = 3;
        using var model = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["model.zip"]));
        var data = Folder(model.Classes[Class]);
        Assert.HasCount(1, data.Classes);
        // From the scores alone, without the labels.
        var predictions = model.Predict(data.Paths).ToList();
        var accuracy = predictions.Count(prediction => prediction.PredictedIndex == Class) / (double)predictions.Count;
        var logLoss = predictions.Average(prediction => -Math.Log(prediction.Scores[Class]));
        // In the data the class has the key of the model's first one.
        Assert.IsGreaterThan(1e-3, Math.Abs(logLoss - predictions.Average(prediction => -Math.Log(prediction.Scores[0]))), "With the wrong class the figures would be the same.");
        var (evaluated, own) = (_mlContext.MulticlassClassification.Evaluate(model.Transform(data)), model.Evaluate(data));
        Assert.AreEqual(accuracy, evaluated.MicroAccuracy, 1e-9);
        Assert.AreEqual(logLoss, evaluated.LogLoss, 1e-4);
        Assert.AreEqual(accuracy, own.MicroAccuracy, 1e-9);
        Assert.AreEqual(logLoss, own.LogLoss, 1e-4);
    }

    [TestMethod]
    [FieldReport(3)]
    public void A_trained_model_measures_by_value_too()
    {
        var training = SmallTask.Images(_mlContext, 60);
        using var model = SmallTask.Trainer(_mlContext, options => options.Epoch = 1).Fit(training);
        var expected = _mlContext.MulticlassClassification.Evaluate(model.Transform(training));
        var names = TextAnnotation(training.Schema["Label"], "KeyValues");
        var other = _mlContext.Transforms.Conversion.MapKeyToValue("Label")
            .Append(_mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: _mlContext.Data.LoadFromEnumerable(names.Reverse().Select(name => new Named { Label = name }))))
            .Fit(training).Transform(training);
        Assert.AreNotEqual(names[0], TextAnnotation(other.Schema["Label"], "KeyValues")[0]);
        var actual = _mlContext.MulticlassClassification.Evaluate(model.Transform(other));
        Assert.AreEqual(expected.MicroAccuracy, actual.MicroAccuracy);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-9);
        CollectionAssert.AreEqual(names, TextAnnotation(model.GetOutputSchema(other.Schema)["Label"], "KeyValues"));
    }

    [TestMethod]
    public void Images_of_classes_that_the_model_does_not_have_count_as_errors()
    {
        var known = new LabelAlignment("Label", ["red", "green", "blue"]);
        var data = LabeledData(_mlContext, [new() { Label = "pink", Image = Image(1, 2, 3) }, new() { Label = "blue", Image = Image(1, 2, 3) }]);
        var aligned = known.Align(data);
        CollectionAssert.AreEqual(new uint[] { 4, 3 }, aligned.GetColumn<uint>("Label").ToArray());
        CollectionAssert.AreEqual(new[] { "red", "green", "blue", "pink" }, TextAnnotation(aligned.Schema["Label"], "KeyValues"));

        using var chain = ScoringChain.Build(EnvironmentOf(_mlContext), Settings(LabeledData(_mlContext)));
        var photos = new[] { new Photo { Label = "pink", Image = Image(200, 10, 30) }, new Photo { Label = "red", Image = Image(200, 10, 30) } };
        var metrics = _mlContext.MulticlassClassification.Evaluate(chain.Transform(known.Align(LabeledData(_mlContext, photos))));
        Assert.AreEqual(0.5, metrics.MicroAccuracy);
    }

    [TestMethod]
    public void Data_with_the_same_classes_or_without_labels_is_as_it_was()
    {
        var alignment = new LabelAlignment("Label", ["red", "green", "blue"]);
        var same = LabeledData(_mlContext);
        Assert.AreSame(same, alignment.Align(same));
        var none = _mlContext.Data.LoadFromEnumerable([new UnlabeledPhoto { Image = Image(1, 2, 3) }]);
        Assert.AreSame(none, alignment.Align(none));
        var text = _mlContext.Data.LoadFromEnumerable(Photos());
        Assert.AreSame(text, alignment.Align(text));
    }

    [TestMethod]
    public void Keys_of_other_values_than_texts_are_refused()
    {
        var data = _mlContext.Data.LoadFromEnumerable([new { Label = 7 }, new { Label = 9 }]);
        var keys = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        Assert.Contains("[7, 9]", Assert.ThrowsExactly<ArgumentException>(() => new LabelAlignment("Label", ["7", "8", "9"]).Align(keys)).Message);
        Assert.AreSame(keys, new LabelAlignment("Label", ["7", "9"]).Align(keys));
    }

    private ImageFolderDataView Folder(params string[] classes)
    {
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(_folder.New("data", classes[i % classes.Length], $"{i}.png"), [(byte)(20 * i), (byte)(250 - (20 * i)), 90], 12 + i, 16);
        return _mlContext.Data.LoadImageFolder(_folder["data"]);
    }

    private sealed class Named
    {
        public string Label { get; set; } = "";
    }
}
