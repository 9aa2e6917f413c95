using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Estimator;

namespace Rf3d.MLNet.Tests.Scoring;

[TestClass]
public sealed class ModelComparisonTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MLContext _mlContext = new(1);
    private readonly Rf3dSavedModel _first;
    private readonly Rf3dSavedModel _second;

    public ModelComparisonTests()
    {
        _first = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["first.zip"]));
        _second = Rf3dSavedModel.Load(_mlContext, SavedModels.Write(_folder["second.zip"], SavedModels.Second));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void Images_are_counted_by_who_is_right()
    {
        var data = SmallTask.Images(_mlContext, 60, seed: 5);
        var comparison = ModelComparison.Run(_first, _second, data);
        var (first, second) = (Right(_first, data), Right(_second, data));
        Assert.AreEqual(60, comparison.Images);
        Assert.AreEqual(first.Zip(second).Count(pair => pair is (true, true)), comparison.BothRight);
        Assert.AreEqual(first.Zip(second).Count(pair => pair is (true, false)), comparison.OnlyFirstRight);
        Assert.AreEqual(first.Zip(second).Count(pair => pair is (false, true)), comparison.OnlySecondRight);
        Assert.AreEqual(first.Zip(second).Count(pair => pair is (false, false)), comparison.NeitherRight);
        Assert.IsGreaterThan(0, comparison.OnlyFirstRight + comparison.OnlySecondRight, "The models do not differ, so that this test shows nothing.");
        Assert.AreEqual(ConfidenceInterval.OfShare(first.Count(isRight => isRight), 60), comparison.FirstAccuracyInterval);
        Assert.AreEqual(ConfidenceInterval.OfShare(second.Count(isRight => isRight), 60), comparison.SecondAccuracyInterval);
        Assert.AreEqual(comparison.Second.MicroAccuracy - comparison.First.MicroAccuracy, comparison.AccuracyDifference, 1e-12);
        Assert.AreEqual(_second.Evaluate(data).LogLoss - _first.Evaluate(data).LogLoss, comparison.LogLossDifference, 1e-9);
        CollectionAssert.AreEqual(_first.Evaluate(data).ByClass.Select(row => row.Recall).ToList(), comparison.ByClass.Select(row => row.FirstRecall).ToList());
        CollectionAssert.AreEqual(_second.Evaluate(data).ByClass.Select(row => row.Recall).ToList(), comparison.ByClass.Select(row => row.SecondRecall).ToList());
    }

    [TestMethod]
    public void A_model_does_not_differ_from_itself()
    {
        var comparison = ModelComparison.Run(_first, _first, SmallTask.Images(_mlContext, 20, seed: 5));
        Assert.AreEqual(0, comparison.OnlyFirstRight + comparison.OnlySecondRight);
        Assert.AreEqual(1, comparison.PValue);
        Assert.AreEqual(0, comparison.LogLossDifference);
    }

    private static List<bool> Right(Rf3dSavedModel model, IDataView data)
    {
        var scored = model.Transform(data);
        return [.. scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"), (label, predicted) => label == predicted)];
    }
}
