using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>What each metric reads from an evaluation, and which of two scores is better by it.</summary>
[TestClass]
public class OptimizingMetricTests
{
    [TestMethod]
    public void Each_metric_is_the_figure_of_its_name()
    {
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadFromEnumerable(new List<Row>
        {
            Of(1, 0.7f, 0.2f, 0.1f),
            Of(1, 0.6f, 0.3f, 0.1f),
            // Among the two most probable ones.
            Of(1, 0.3f, 0.2f, 0.5f),
            Of(2, 0.5f, 0.1f, 0.4f),
        });
        var metrics = mlContext.MulticlassClassification.Evaluate(data, topKPredictionCount: OptimizingMetrics.TopK(3));
        Dictionary<Rf3dOptimizingMetric, double> expected = new()
        {
            [Rf3dOptimizingMetric.MicroAccuracy] = metrics.MicroAccuracy,
            [Rf3dOptimizingMetric.MacroAccuracy] = metrics.MacroAccuracy,
            [Rf3dOptimizingMetric.LogLoss] = metrics.LogLoss,
            [Rf3dOptimizingMetric.LogLossReduction] = metrics.LogLossReduction,
            [Rf3dOptimizingMetric.TopKAccuracy] = metrics.TopKAccuracy,
        };
        CollectionAssert.AllItemsAreUnique(expected.Values, "Figures that are equal show nothing.");
        Assert.AreEqual(0.5, metrics.MicroAccuracy, 1e-6);
        Assert.AreEqual(0.75, metrics.TopKAccuracy, 1e-6);
        foreach (var metric in Enum.GetValues<Rf3dOptimizingMetric>())
            Assert.AreEqual(expected[metric], OptimizingMetrics.Of(metrics, metric), $"{metric}");

        // ML.NET counts the raw values of keys in a class from 0.
        static Row Of(uint label, params float[] scores) => new() { Label = label - 1, PredictedLabel = (uint)Array.IndexOf(scores, scores.Max()), Score = scores };
    }

    [TestMethod]
    public void Less_log_loss_and_more_of_everything_else_is_better_and_no_number_is_worst()
    {
        foreach (var metric in Enum.GetValues<Rf3dOptimizingMetric>())
        {
            var (less, more) = (metric.Order(0.2), metric.Order(0.3));
            Assert.AreEqual(metric == Rf3dOptimizingMetric.LogLoss, less > more, $"{metric}");
            Assert.IsLessThan(Math.Min(less, more), metric.Order(double.NaN), $"{metric}");
        }
    }

    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(5, 4)]
    [DataRow(6, 5)]
    [DataRow(100, 5)]
    public void The_most_probable_classes_are_five_or_all_but_one(int classes, int expected) => Assert.AreEqual(expected, OptimizingMetrics.TopK(classes));

    private sealed class Row
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [KeyType(3)]
        public uint PredictedLabel { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }
}
