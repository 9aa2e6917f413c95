using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.MLNet.Tests.Images;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Data without any column of a usual name, and images that resizing changes.</summary>
[TestClass]
public sealed class ColumnNamesTests : IDisposable
{
    private readonly MLContext _mlContext = new(1);
    private readonly List<Row> _rows = [.. Enumerable.Range(0, 24).Select(i => new Row { Kind = i % 2 == 0 ? "a" : "b", Photo = NoiseImage.Of(i) })];

    private IDataView Data
    {
        get
        {
            var rows = _mlContext.Data.LoadFromEnumerable(_rows);
            return _mlContext.Transforms.Conversion.MapValueToKey(nameof(Row.Kind)).Fit(rows).Transform(rows);
        }
    }

    private static TrainerOptions Options
    {
        get
        {
            var options = SmallTask.Options;
            (options.LabelColumnName, options.FeatureColumnName, options.ScoreColumnName, options.PredictedLabelColumnName, options.EmbeddingColumnName) = ("Kind", "Photo", "Points", "Answer", "Code");
            (options.BatchSize, options.Resizing) = (6, ImageResizingEstimator.ResizingKind.Fill);
            return options;
        }
    }

    private SchemaShape Shape => new(
    [
        MLNetInternals.CreateSchemaColumn("Kind", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true),
        MLNetInternals.CreateSchemaColumn("Photo", SchemaShape.Column.VectorKind.Scalar, Data.Schema["Photo"].Type),
    ]);

    public void Dispose() => _rows.ForEach(row => row.Photo!.Dispose());

    [TestMethod]
    public void Planning_training_and_scoring_use_the_columns_that_are_named()
    {
        var trainer = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options);
        var shape = trainer.GetOutputSchema(Shape).Select(column => column.Name).ToList();
        CollectionAssert.AreEquivalent(new[] { "Kind", "Photo", "Points", "Answer", "Code" }, shape);
        Assert.AreEqual(trainer.Plan(Data).ToJson(), trainer.Plan(Data.Schema).ToJson());

        using var model = trainer.Fit(Data, Data);
        var scored = model.Transform(Data);
        foreach (var name in shape)
            Assert.IsNotNull(scored.Schema.GetColumnOrNull(name), name);
        Assert.IsGreaterThan(0, model.GetClassActivationMap(_rows[0].Photo!).Values.Length);
    }

    [TestMethod]
    public void A_saved_model_prepares_images_as_the_training_did()
    {
        using var folder = new TempFolder();
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options).Fit(Data);
        _mlContext.Model.Save(model, Data.Schema, folder["model.zip"]);
        var expected = model.Transform(Data).GetColumn<float[]>("Points").ToArray();

        using var saved = Rf3dSavedModel.Load(_mlContext, folder["model.zip"]);
        Assert.AreEqual(("Photo", "Points"), (saved.ImageColumnName, saved.ScoreColumnName));
        var predictions = saved.Predict(_rows.Select(row => row.Photo!), new() { BatchSize = 5 }).ToArray();
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i].Max(), predictions[i].Probability, 1e-5);
        var (one, other) = (model.GetClassActivationMap(_rows[0].Photo!, "a"), saved.GetClassActivationMap(_rows[0].Photo!, "a"));
        CollectionAssert.AreEqual(one.Values.Select(value => Math.Round(value, 3)).ToArray(), other.Values.Select(value => Math.Round(value, 3)).ToArray());
    }

    [TestMethod]
    public void A_saved_model_leaves_images_of_its_own_size_as_they_are()
    {
        using var folder = new TempFolder();
        using (var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options).Fit(Data))
            _mlContext.Model.Save(model, Data.Schema, folder["model.zip"]);
        using var saved = Rf3dSavedModel.Load(_mlContext, folder["model.zip"]);
        _rows.ForEach(row => row.Photo!.Dispose());
        _rows.Clear();
        _rows.AddRange([new() { Kind = "a", Photo = SmallTask.Plain([1, 2, 3], 16, 16) }, new() { Kind = "b", Photo = SmallTask.Plain([3, 2, 1], 16, 16) }]);
        // ML.NET's own steps would have disposed the images by then.
        var first = saved.Transform(Data).GetColumn<float[]>("Points").ToArray();
        CollectionAssert.AreEqual(first[0], saved.Transform(Data).GetColumn<float[]>("Points").First());
    }

    [TestMethod]
    public void The_arguments_of_the_short_form_are_those_options()
    {
        var mlContext = new MLContext(1);
        var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier("Kind", "Photo", "Points", "Answer", Data, epoch: 1, architecture: Rf3d.Planning.Architecture.Vgg11);
        var shape = trainer.GetOutputSchema(Shape).Select(column => column.Name).ToList();
        CollectionAssert.AreEquivalent(new[] { "Kind", "Photo", "Points", "Answer" }, shape);
        Assert.AreEqual("Vgg11", trainer.Plan(16, 16, 2).Original.Name);
        using var model = trainer.Fit(Data);
        Assert.HasCount(1, model.History.Epochs);
        Assert.AreEqual(24, model.History.ValidationImages);
    }

    [TestMethod]
    public void A_cache_of_images_is_of_the_column_that_is_named()
    {
        using var folder = new TempFolder();
        var options = Options;
        (options.ImageStorage, options.ImageCacheDirectory) = (ImageStorage.Cache, folder.Path);
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options).Fit(Data);
        Assert.IsNotEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void One_picture_in_two_classes_is_found_by_the_columns_that_are_named()
    {
        var messages = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _mlContext.Log += (_, log) => messages.Enqueue(log.Message);
        (_rows[0].ImagePath, _rows[1].ImagePath) = ("first.png", "second.png");
        _rows[1].Photo!.Dispose();
        _rows[1].Photo = NoiseImage.Of(0);
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options).Fit(Data);
        Assert.Contains(message => message.Contains("'second.png' ('b') = 'first.png' ('a')", StringComparison.Ordinal), messages);
    }

    [TestMethod]
    public void Keys_of_other_data_are_those_of_the_model_in_the_column_that_is_named()
    {
        using var model = _mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(Options).Fit(Data);
        _rows.Reverse();
        CollectionAssert.AreEqual(new[] { "b", "a" }, KeysOf(Data));
        CollectionAssert.AreEqual(new[] { "a", "b" }, KeysOf(model.Transform(Data)));
    }

    private static string[] KeysOf(IDataView data)
    {
        VBuffer<ReadOnlyMemory<char>> keys = default;
        data.Schema["Kind"].GetKeyValues(ref keys);
        return [.. keys.DenseValues().Select(key => key.ToString())];
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Kind { get; set; } = "";

        [ImageType(16, 24)]
        public MLImage? Photo { get; set; }
    }
}
