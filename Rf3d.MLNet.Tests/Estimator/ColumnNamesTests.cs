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

    private sealed class Row
    {
        public string Kind { get; set; } = "";

        [ImageType(16, 24)]
        public MLImage? Photo { get; set; }
    }
}
