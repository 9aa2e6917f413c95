using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class SavedModelEvaluationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);
    private readonly Rf3dSavedModel _model;

    public SavedModelEvaluationTests() => _model = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["model.zip"]));

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void Figures_of_data_in_memory_are_those_of_MLNet() =>
        AssertSameFigures(SmallTask.Images(_mlContext, 60, seed: 5), 60);

    [TestMethod]
    public void Figures_of_a_folder_are_those_of_MLNet()
    {
        WriteFolder();
        AssertSameFigures(_mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes }), 12);
    }

    [TestMethod]
    public void Labels_count_by_the_names_of_their_classes()
    {
        WriteFolder();
        var all = _model.Evaluate(_mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes }));
        // Two classes and not ten: their keys are others.
        var some = _mlContext.Data.LoadImageFolder(_folder["data"]);
        Assert.HasCount(2, some.Classes);
        Assert.AreEqual(all.MicroAccuracy, _model.Evaluate(some).MicroAccuracy);
        Assert.AreEqual(all.LogLoss, _model.Evaluate(some).LogLoss, 1e-9);

        SmallTask.WritePng(_folder.New("data", "unknown", "a.png"), [1, 2, 3], 16, 16);
        var error = Assert.ThrowsExactly<ArgumentException>(() => _model.Evaluate(_mlContext.Data.LoadImageFolder(_folder["data"])));
        Assert.Contains("'unknown', a class that the model does not have", error.Message);
    }

    [TestMethod]
    public void Unreadable_files_are_errors_or_listed()
    {
        WriteFolder();
        File.WriteAllText(_folder["data", _model.Classes[1], "text.png"], "text");
        var data = _mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes });
        Assert.Contains("text.png", Assert.ThrowsExactly<InvalidDataException>(() => _model.Evaluate(data)).Message);
        var evaluation = _model.Evaluate(data, options: new() { ContinueOnError = true });
        Assert.AreEqual(12, evaluation.Images);
        Assert.EndsWith("text.png", evaluation.Unreadable.Single().Path!);
    }

    [TestMethod]
    public void The_limits_of_a_folder_count_and_those_of_the_options_besides()
    {
        WriteFolder();
        // The smallest image has 12x16 pixels, the next one 13x16.
        var small = _mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes, MaxPixels = 200 });
        Assert.Contains("pixels", Assert.ThrowsExactly<InvalidDataException>(() => _model.Evaluate(small)).Message);
        Assert.ThrowsExactly<InvalidDataException>(() => _model.Evaluate(small, options: new() { BatchSize = 2 }));
        Assert.AreEqual(1, _model.Evaluate(small, options: new() { ContinueOnError = true }).Images);
        var all = _mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes });
        Assert.AreEqual(1, _model.Evaluate(all, options: new() { ContinueOnError = true, MaxPixels = 200 }).Images);

        File.WriteAllText(_folder["data", _model.Classes[1], "text.png"], "text");
        AssertSameFigures(_mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = _model.Classes, OnBadImage = BadImageAction.Skip }), 12);
    }

    [TestMethod]
    public void The_images_of_a_folder_go_through_the_steps_of_a_pipeline_before_the_classifier()
    {
        WriteFolder();
        var images = SmallTask.Images(_mlContext, 60);
        var pipeline = _mlContext.Transforms.ConvertToGrayscale("Image").Append(SmallTask.Trainer(_mlContext, options => options.Epoch = 1));
        using var stream = new MemoryStream();
        _mlContext.Model.Save(pipeline.Fit(images), images.Schema, stream);
        List<string> messages = [];
        _mlContext.Log += (_, log) => messages.Add(log.Message);
        using var model = Rf3dSavedModel.Load(_mlContext, stream);
        CollectionAssert.AreEqual(new[] { "ImageGrayscalingTransformer" }, model.ImageSteps.ToArray());
        Assert.HasCount(1, messages.Where(message => message.Contains("changes images before the classifier (ImageGrayscalingTransformer)", StringComparison.Ordinal)).ToList());
        AssertSameFigures(_mlContext.Data.LoadImageFolder(_folder["data"], new ImageFolderOptions { Classes = model.Classes }), 12, model);

        Assert.Contains("ImageGrayscalingTransformer", Assert.ThrowsExactly<InvalidOperationException>(() => model.SaveAsOnnx(_folder["model.onnx"])).Message);
        Assert.IsFalse(File.Exists(_folder["model.onnx"]));
        Assert.IsTrue(_model.ImageSteps.IsEmpty);
    }

    [TestMethod]
    public void A_column_that_is_missing_is_named()
    {
        Assert.Contains("'Class'", Assert.ThrowsExactly<ArgumentException>(() => _model.Evaluate(SmallTask.Images(_mlContext, 4), "Class")).Message);
    }

    private void WriteFolder()
    {
        for (var i = 0; i < 12; i++)
            SmallTask.WritePng(_folder.New("data", _model.Classes[i % 2 == 0 ? 1 : 4], $"{i}.png"), [(byte)(20 * i), (byte)(250 - (20 * i)), 90], 12 + i, 16);
    }

    private void AssertSameFigures(IDataView data, int count, Rf3dSavedModel? other = null)
    {
        var model = other ?? _model;
        var actual = model.Evaluate(data);
        // Plain ML.NET would dispose the images of this size in memory.
        var expected = _mlContext.MulticlassClassification.Evaluate(model.Transform(data));
        Assert.AreEqual(count, actual.Images);
        Assert.AreEqual(expected.MicroAccuracy, actual.MicroAccuracy, 1e-9);
        Assert.AreEqual(expected.MacroAccuracy, actual.MacroAccuracy, 1e-9);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-4);
        for (var i = 0; i < 10; i++)
        {
            Assert.AreEqual(model.Classes[i], actual.ByClass[i].Name);
            Assert.AreEqual(expected.ConfusionMatrix.PerClassRecall[i], actual.ByClass[i].Recall, 1e-9);
            Assert.AreEqual(expected.ConfusionMatrix.PerClassPrecision[i], actual.ByClass[i].Precision, 1e-9);
            for (var j = 0; j < 10; j++)
                Assert.AreEqual(expected.ConfusionMatrix.Counts[i][j], actual[i, j]);
        }
    }
}
