namespace Rf3d.MLNet;

/// <summary>The expected calibration error (ECE) of C. Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), in 15 bins of equal width by the probability of the predicted class.</summary>
internal static class CalibrationError
{
    /// <summary>Number of bins, as in the paper.</summary>
    public const int BinCount = 15;

    /// <summary>The bin of a confidence; its upper end belongs to it.</summary>
    public static int BinOf(double confidence) => Math.Clamp((int)Math.Ceiling(confidence * BinCount) - 1, 0, BinCount - 1);

    /// <summary>The mean distance of accuracy and confidence over the bins, weighed by their predictions. 0 to 1; 0 for no prediction.</summary>
    public static double Of(IReadOnlyCollection<(double Confidence, bool IsCorrect)> predictions)
    {
        var differences = new double[BinCount];
        foreach (var (confidence, isCorrect) in predictions)
            differences[BinOf(confidence)] += (isCorrect ? 1 : 0) - confidence;
        return differences.Sum(Math.Abs) / Math.Max(1, predictions.Count);
    }
}
