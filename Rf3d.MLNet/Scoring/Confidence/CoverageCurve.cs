using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>
/// Coverage against accuracy: what each threshold for the confidence costs in answers and brings in accuracy (Y. Geifman and R. El-Yaniv, "Selective Classification for Deep Neural Networks",
/// NeurIPS 2017).
/// </summary>
public sealed class CoverageCurve
{
    // Thresholds that people type have three digits.
    private const int Steps = 1000;

    // Sorted by confidence, the highest first; Correct counts the right answers up to each.
    private readonly ImmutableArray<float> _confidences;
    private readonly ImmutableArray<long> _correct;

    private CoverageCurve(ImmutableArray<float> confidences, ImmutableArray<long> correct) => (_confidences, _correct) = (confidences, correct);

    /// <summary>Number of images.</summary>
    public long Images => _confidences.Length;

    /// <summary>The curve of predictions.</summary>
    /// <param name="predictions">For each image the probability of its most probable class, 0 to 1, and whether it is of that class.</param>
    public static CoverageCurve Of(IEnumerable<(float Confidence, bool IsCorrect)> predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        var sorted = predictions.OrderByDescending(prediction => prediction.Confidence).ToList();
        var (correct, count) = (ImmutableArray.CreateBuilder<long>(sorted.Count), 0L);
        foreach (var (_, isCorrect) in sorted)
            correct.Add(count += isCorrect ? 1 : 0);
        return new([.. sorted.Select(prediction => prediction.Confidence)], correct.MoveToImmutable());
    }

    /// <summary>The costs and the gain of a threshold.</summary>
    /// <param name="minConfidence">The threshold, 0 to 1; 0 answers all images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not from 0 to 1.</exception>
    public CoveragePoint At(float minConfidence)
    {
        ConfidenceThreshold.Check(minConfidence, nameof(minConfidence));
        var (low, high) = (0, _confidences.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_confidences[middle] >= minConfidence)
                low = middle + 1;
            else
                high = middle;
        }
        return new() { MinConfidence = minConfidence, Images = Images, Answered = low, Correct = low == 0 ? 0 : _correct[low - 1] };
    }

    /// <summary>The threshold that answers most images among those with an accuracy of the answers, in steps of 0.001.</summary>
    /// <param name="accuracy">The accuracy that is wanted, 0 to 1.</param>
    /// <returns>Null if no threshold has it.</returns>
    /// <remarks>The accuracy on other images is lower than that on the images that a threshold was chosen on; the fewer they are, the more.</remarks>
    public CoveragePoint? For(double accuracy)
    {
        for (var step = 0; step < Steps; step++)
        {
            if (At((float)step / Steps) is { Answered: > 0 } point && point.Accuracy >= accuracy)
                return point;
        }
        return null;
    }
}
