using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using static Rf3d.MLNet.Tests.Scoring.ScoringFixture;

namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class ScoringChainLabelTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Numbers_as_labels_come_back_as_numbers()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { 30, 10, 20 }.Select(number => new NumberedPhoto { Label = number, Image = Image(0, 250, 0) }));
        data = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));

        var output = SaveAndLoad(_ml, chain, data.Schema).Transform(data);
        var numbers = _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(output).Transform(output);

        CollectionAssert.AreEqual(new[] { 10, 10, 10 }, numbers.GetColumn<int>("PredictedLabel").ToArray());
        VBuffer<int> values = default;
        output.Schema["Score"].Annotations.GetValue("TrainingLabelValues", ref values);
        CollectionAssert.AreEqual(new[] { 30, 10, 20 }, values.DenseValues().ToArray());
    }

    [TestMethod]
    public void Keys_without_values_are_predicted_as_keys()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new KeyedPhoto { Label = 2 /* the third */, Image = Image(0, 0, 250) } });
        using var chain = ScoringChain.Build(EnvironmentOf(_ml), Settings(data));
        var loaded = SaveAndLoad(_ml, chain, data.Schema);

        CollectionAssert.AreEqual(new uint[] { 3 }, chain.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
        Assert.AreEqual(1.0, _ml.MulticlassClassification.Evaluate(chain.Transform(data)).MicroAccuracy);
        CollectionAssert.AreEqual(new uint[] { 3 }, loaded.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void A_label_that_is_missing_from_the_data_is_named()
    {
        var settings = Settings(_ml.Data.LoadFromEnumerable(new[] { new UnlabeledPhoto() }));

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ScoringChain.Build(EnvironmentOf(_ml), settings)).Message, "'Label'");
    }

    [TestMethod]
    public void A_label_that_is_not_a_key_is_refused()
    {
        var settings = Settings(_ml.Data.LoadFromEnumerable(Photos()));

        Assert.ThrowsExactly<ArgumentException>(() => ScoringChain.Build(EnvironmentOf(_ml), settings));
    }

    [TestMethod]
    public void A_last_layer_with_another_number_of_classes_is_refused()
    {
        var settings = Settings(LabeledData(_ml)) with { HeadWeights = new float[2, 3], HeadBiases = new float[2] };

        Assert.ThrowsExactly<ArgumentException>(() => ScoringChain.Build(EnvironmentOf(_ml), settings));
    }

    [TestMethod]
    public void Columns_that_would_be_dropped_by_name_are_refused()
    {
        var data = LabeledData(_ml);
        data = _ml.Transforms.CopyColumns(ImagePreprocessing.PixelsColumnName, "Label").Fit(data).Transform(data);

        Assert.ThrowsExactly<ArgumentException>(() => ScoringChain.Build(EnvironmentOf(_ml), Settings(data)));
    }

    private sealed class NumberedPhoto
    {
        public int Label { get; set; }

        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }

    private sealed class KeyedPhoto
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }
}
