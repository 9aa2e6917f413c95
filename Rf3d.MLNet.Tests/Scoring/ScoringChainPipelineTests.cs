using Microsoft.ML;
using Microsoft.ML.Data;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>The chain as a part of the user's own pipeline, as the library's estimator will use it.</summary>
[TestClass]
public sealed class ScoringChainPipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void A_pipeline_from_text_to_text_survives_saving()
    {
        var data = _ml.Data.LoadFromEnumerable(Photos());
        var model = Pipeline().Fit(data);
        string[] expected = ["red", "green", "blue", "red", "green", "blue"];
        CollectionAssert.AreEqual(expected, model.Transform(data).GetColumn<string>("PredictedLabel").ToArray());

        var loaded = SaveAndLoad(_ml, model, data.Schema);

        CollectionAssert.AreEqual(expected, loaded.Transform(data).GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void A_pipeline_predicts_one_image_at_a_time()
    {
        var data = _ml.Data.LoadFromEnumerable(Photos());
        var loaded = SaveAndLoad(_ml, Pipeline().Fit(data), data.Schema);

        using var engine = _ml.Model.CreatePredictionEngine<Photo, Prediction>(loaded);

        Assert.AreEqual("green", engine.Predict(new Photo { Image = Image(0, 200, 0, 7, 5) }).PredictedLabel);
    }

    [TestMethod]
    public void A_pipeline_can_be_cross_validated()
    {
        var photos = Enumerable.Repeat(Photos(), 10).SelectMany(p => p).ToArray();

        var results = _ml.MulticlassClassification.CrossValidate(LabeledData(_ml, photos), new Estimator(_ml), numberOfFolds: 3);

        Assert.HasCount(3, results);
        foreach (var result in results)
            Assert.AreEqual(1.0, result.Metrics.MicroAccuracy);
    }

    [TestMethod]
    public void The_estimators_of_a_pipeline_see_the_columns_of_the_chain()
    {
        var schema = Pipeline().GetOutputSchema(new SchemaShape(
        [
            MLNetInternals.CreateSchemaColumn("Label", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance),
        ]));

        Assert.IsTrue(schema.Any(c => c.Name == "Score" && c.Kind == SchemaShape.Column.VectorKind.Vector));
        Assert.IsTrue(schema.Any(c => c.Name == "PredictedLabel" && c.ItemType == TextDataViewType.Instance));
    }

    private EstimatorChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> Pipeline() =>
        _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new Estimator(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private sealed class Estimator(MLContext ml) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new Wrapper(ScoringChain.Build(EnvironmentOf(ml), Settings(input)));

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            var annotations = new SchemaShape(inputSchema.Single(c => c.Name == "Label").Annotations.Where(a => a.Name == "KeyValues"));
            return new SchemaShape(
            [
                .. inputSchema,
                MLNetInternals.CreateSchemaColumn("Score", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single),
                MLNetInternals.CreateSchemaColumn(
                    "PredictedLabel", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, annotations),
            ]);
        }
    }

    /// <summary>A transformer that ML.NET does not know and that saves as something it does.</summary>
    private sealed class Wrapper(ITransformer inner) : ITransformer
    {
        public bool IsRowToRowMapper => inner.IsRowToRowMapper;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => inner.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input) => inner.Transform(input);

        void ICanSaveModel.Save(ModelSaveContext ctx) => inner.Save(ctx);
    }
}
