using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>The metric that an experiment optimizes, on the validation images. The names are those of AutoML's <c>MulticlassClassificationMetric</c>.</summary>
public enum Rf3dOptimizingMetric
{
    /// <summary>Share of images classified correctly; more is better.</summary>
    MicroAccuracy,

    /// <summary>The same by class, and the mean over the classes; more is better.</summary>
    MacroAccuracy,

    /// <summary>Cross-entropy; less is better.</summary>
    LogLoss,

    /// <summary>By how much the cross-entropy is below that of guessing by the classes' frequencies; more is better.</summary>
    LogLossReduction,

    /// <summary>Share of images whose class is among the five most probable (one less than there are, with five classes or fewer); more is better.</summary>
    TopKAccuracy,
}

/// <summary>Reads and compares optimizing metrics.</summary>
internal static class OptimizingMetrics
{
    public static double Of(MulticlassClassificationMetrics metrics, Rf3dOptimizingMetric metric) => metric switch
    {
        Rf3dOptimizingMetric.MicroAccuracy => metrics.MicroAccuracy,
        Rf3dOptimizingMetric.MacroAccuracy => metrics.MacroAccuracy,
        Rf3dOptimizingMetric.LogLoss => metrics.LogLoss,
        Rf3dOptimizingMetric.LogLossReduction => metrics.LogLossReduction,
        _ => metrics.TopKAccuracy,
    };

    /// <summary>The k of <see cref="Rf3dOptimizingMetric.TopKAccuracy"/>.</summary>
    public static int TopK(int classes) => Math.Min(5, classes - 1);

    /// <summary>A score by which more is always better; NaN is worst.</summary>
    public static double Order(this Rf3dOptimizingMetric metric, double score) =>
        double.IsNaN(score) ? double.NegativeInfinity : metric == Rf3dOptimizingMetric.LogLoss ? -score : score;
}
