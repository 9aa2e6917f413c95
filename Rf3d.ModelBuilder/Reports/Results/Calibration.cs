using System.Collections.Immutable;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The predictions of which the model was about equally sure.</summary>
/// <param name="Low">Lowest confidence, exclusive but for 0.</param>
/// <param name="High">Highest confidence, inclusive.</param>
/// <param name="Count">Number of predictions.</param>
/// <param name="Confidence">Their mean confidence; not a number where there is none.</param>
/// <param name="Accuracy">Share of them that is right; not a number where there is none.</param>
internal sealed record CalibrationBin(double Low, double High, long Count, double Confidence, double Accuracy);

/// <summary>
/// Whether a model is right as often as it says: C. Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017). Bins of equal width by the
/// probability of the predicted class.
/// </summary>
/// <param name="Bins">The bins, in order.</param>
/// <param name="ExpectedError">The expected calibration error (ECE): the mean distance of accuracy and confidence over the bins, weighed by their predictions. 0 to 1.</param>
/// <param name="Confidence">The mean confidence of all predictions.</param>
internal sealed record Calibration(ImmutableArray<CalibrationBin> Bins, double ExpectedError, double Confidence)
{
    /// <summary>Bins in a reliability diagram, as in the paper.</summary>
    public const int BinCount = CalibrationError.BinCount;

    public static Calibration Of(IReadOnlyCollection<ScoredImage> images)
    {
        var bins = ImmutableArray.CreateBuilder<CalibrationBin>(BinCount);
        var byBin = images.ToLookup(image => CalibrationError.BinOf(image.Confidence));
        for (var i = 0; i < BinCount; i++)
        {
            var inside = byBin[i].ToList();
            bins.Add(new(
                (double)i / BinCount,
                (i + 1.0) / BinCount,
                inside.Count,
                inside.Count == 0 ? double.NaN : inside.Average(image => image.Confidence),
                inside.Count == 0 ? double.NaN : inside.Average(image => image.IsCorrect ? 1.0 : 0)));
        }
        return new(bins.MoveToImmutable(), CalibrationError.Of([.. images.Select(image => (image.Confidence, image.IsCorrect))]), images.Average(image => image.Confidence));
    }
}
