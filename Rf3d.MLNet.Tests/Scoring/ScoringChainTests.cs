using Microsoft.ML;
using Microsoft.ML.Data;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class ScoringChainTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Scores_are_the_softmax_of_the_head_applied_to_the_features()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));

        var output = chain.Transform(data);

        var scores = output.GetColumn<float[]>("Score").ToArray();
        Assert.HasCount(6, scores);
        AssertClose(ExpectedScore(200, 10, 30), scores[0]);
        AssertClose(ExpectedScore(20, 180, 40), scores[1]);
        AssertClose(ExpectedScore(5, 15, 250), scores[2]);
        AssertClose(ExpectedScore(255, 0, 0), scores[3]);
        AssertClose(ExpectedScore(0, 255, 0), scores[4]);
        AssertClose(ExpectedScore(0, 0, 255), scores[5]);
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 1, 2, 3 }, output.GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void A_loaded_model_scores_exactly_like_the_one_that_was_saved()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        var expected = chain.Transform(data).GetColumn<float[]>("Score").SelectMany(s => s).ToArray();

        var loaded = SaveAndLoad(_ml, chain, data.Schema);

        CollectionAssert.AreEqual(expected, loaded.Transform(data).GetColumn<float[]>("Score").SelectMany(s => s).ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_outputs_name_the_classes(bool saved)
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        ITransformer model = saved ? SaveAndLoad(_ml, chain, data.Schema) : chain;

        var schema = model.GetOutputSchema(data.Schema);

        string[] classes = ["red", "green", "blue"];
        CollectionAssert.AreEqual(classes, TextAnnotation(schema["Score"], "SlotNames"));
        CollectionAssert.AreEqual(classes, TextAnnotation(schema["Score"], "TrainingLabelValues"));
        CollectionAssert.AreEqual(classes, TextAnnotation(schema["PredictedLabel"], "KeyValues"));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Only_the_outputs_are_added_to_the_columns(bool saved)
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        ITransformer model = saved ? SaveAndLoad(_ml, chain, data.Schema) : chain;

        var added = model.Transform(data).Schema.Select(c => c.Name).Except(data.Schema.Select(c => c.Name)).ToArray();

        CollectionAssert.AreEquivalent(new[] { "PredictedLabel", "Score" }, added);
        Assert.AreEqual(data.Schema.Count + 2, model.GetOutputSchema(data.Schema).Count);
    }

    [TestMethod]
    public void The_features_are_kept_if_asked_for()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data) with { EmbeddingColumnName = "Means" });

        var loaded = SaveAndLoad(_ml, chain, data.Schema);

        AssertClose([200, 10, 30], loaded.Transform(data).GetColumn<float[]>("Means").First(), 1e-3);
    }

    [TestMethod]
    public void Outputs_with_names_of_ones_own_survive_saving()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(
            EnvironmentOf(_ml), Settings(data) with { ScoreColumnName = "P", PredictedLabelColumnName = "Class" });

        var loaded = SaveAndLoad(_ml, chain, data.Schema);
        var output = loaded.Transform(LabeledData(_ml));

        Assert.IsNull(output.Schema.GetColumnOrNull("Score"));
        Assert.IsNull(output.Schema.GetColumnOrNull("PredictedLabel"));
        AssertClose(ExpectedScore(200, 10, 30), output.GetColumn<float[]>("P").First());
        CollectionAssert.AreEqual(new[] { "red", "green", "blue" }, TextAnnotation(output.Schema["P"], "SlotNames"));
        CollectionAssert.AreEqual(new[] { "red", "green", "blue" }, TextAnnotation(output.Schema["Class"], "KeyValues"));
        var metrics = _ml.MulticlassClassification.Evaluate(loaded.Transform(LabeledData(_ml)), "Label", "P", "Class");
        Assert.AreEqual(1.0, metrics.MicroAccuracy);
    }

    [TestMethod]
    public void The_score_of_an_earlier_model_is_still_there()
    {
        var data = LabeledData(_ml);
        using var first = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        data = first.Transform(data);
        var settings = Settings(data) with { ScoreColumnName = "Score2", PredictedLabelColumnName = "PredictedLabel2", HeadBiases = [9, 0, 0] };
        using var second = ScoringChain.Build(EnvironmentOf(_ml), settings);

        var output = SaveAndLoad(_ml, second, data.Schema).Transform(first.Transform(LabeledData(_ml)));

        AssertClose(ExpectedScore(20, 180, 40), output.GetColumn<float[]>("Score").ElementAt(1));
        Assert.IsGreaterThan(0.9f, output.GetColumn<float[]>("Score2").ElementAt(1)[0]);
        Assert.DoesNotContain(c => c.Name.StartsWith(ImagePreprocessing.ColumnPrefix, StringComparison.Ordinal), output.Schema);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Evaluate_prints_the_names_of_the_classes(bool saved)
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        ITransformer model = saved ? SaveAndLoad(_ml, chain, data.Schema) : chain;

        var metrics = _ml.MulticlassClassification.Evaluate(model.Transform(data));

        Assert.AreEqual(1.0, metrics.MicroAccuracy);
        var table = metrics.ConfusionMatrix.GetFormattedConfusionTable();
        foreach (var name in new[] { "red", "green", "blue" })
            StringAssert.Contains(table, name);
    }

    [TestMethod]
    public void Data_without_a_label_is_scored_too()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        var loaded = SaveAndLoad(_ml, chain, null);
        var unlabeled = _ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto { Image = Image(1, 2, 240) } });

        CollectionAssert.AreEqual(new uint[] { 3 }, chain.Transform(unlabeled).GetColumn<uint>("PredictedLabel").ToArray());
        CollectionAssert.AreEqual(new uint[] { 3 }, loaded.Transform(unlabeled).GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    [FieldReport(34)]
    [DataRow(false)]
    [DataRow(true)]
    public void A_prediction_engine_predicts_names(bool saved)
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        ITransformer model = saved ? SaveAndLoad(_ml, chain, data.Schema) : chain;
        var toName = _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(model.Transform(data));
        var ml = new MLContext();
        var named = new TransformerChain<ITransformer>(model, toName);

        using var engine = ml.Model.CreatePredictionEngine<UnlabeledPhoto, Prediction>(named);

        foreach (var (red, green, blue, name) in new[] { (250, 1, 2, "red"), (3, 240, 4, "green"), (5, 6, 230, "blue") })
        {
            var prediction = engine.Predict(new UnlabeledPhoto { Image = Image((byte)red, (byte)green, (byte)blue) });
            Assert.AreEqual(name, prediction.PredictedLabel);
            AssertClose(ExpectedScore(red, green, blue), prediction.Score);
        }
    }

    [TestMethod]
    public void Images_in_memory_can_be_scored_again_and_again()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        var output = chain.Transform(data);
        using var engine = _ml.Model.CreatePredictionEngine<UnlabeledPhoto, Scores>(chain);
        var photo = new UnlabeledPhoto { Image = Image(9, 9, 200) };

        for (var pass = 0; pass < 3; pass++)
        {
            Assert.HasCount(6, output.GetColumn<float[]>("Score").ToArray());
            AssertClose(ExpectedScore(9, 9, 200), engine.Predict(photo).Score);
        }
    }

    [TestMethod]
    public void A_missing_image_is_an_error_and_not_a_black_one()
    {
        var data = LabeledData(_ml);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        var missing = _ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto() });

        // ML.NET wraps exceptions of its threads, more than once.
        var error = Assert.Throws<InvalidOperationException>(() => chain.Transform(missing).GetColumn<float[]>("Score").Single());
        Assert.Contains("Row 0 has no image", error.GetBaseException().Message);
    }

    private sealed class Scores
    {
        public float[] Score { get; set; } = [];
    }
}
