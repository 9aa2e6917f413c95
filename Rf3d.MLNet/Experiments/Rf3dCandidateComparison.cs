namespace Rf3d.MLNet;

/// <summary>
/// Comparison of a candidate with the best one on the same validation images. It depends only on images that one of them classifies correctly and the other does not.
/// </summary>
/// <remarks>The best candidate was chosen by these images, which makes its accuracy, and the difference, slightly too high.</remarks>
public sealed record Rf3dCandidateComparison
{
    /// <summary>Number of validation images.</summary>
    public required long Images { get; init; }

    /// <summary>Number of images that both classified correctly.</summary>
    public required long BothRight { get; init; }

    /// <summary>Number of images that only the best candidate classified correctly.</summary>
    public required long OnlyBestRight { get; init; }

    /// <summary>Number of images that only this candidate classified correctly.</summary>
    public required long OnlyCandidateRight { get; init; }

    /// <summary>Number of images that neither classified correctly.</summary>
    public required long NeitherRight { get; init; }

    /// <summary>Accuracy of this candidate minus that of the best one, -1 to 1. It can be above 0 if the experiment optimizes another metric.</summary>
    public required double AccuracyDifference { get; init; }

    /// <summary>The 95 % interval of <see cref="AccuracyDifference"/> for paired data, by Newcombe (1998, method 10).</summary>
    public required ConfidenceInterval AccuracyDifferenceInterval { get; init; }

    /// <summary>The two-sided p value of McNemar's exact test, 0 to 1: how probable a difference of at least this size is if both are right equally often.</summary>
    public required double PValue { get; init; }

    /// <summary>Whether <see cref="AccuracyDifferenceInterval"/> leaves out 0. If it contains 0, these images do not show which of the two is more accurate.</summary>
    public bool IsDistinguishable => AccuracyDifferenceInterval.Low > 0 || AccuracyDifferenceInterval.High < 0;

    /// <param name="counts">The best one is the first.</param>
    internal static Rf3dCandidateComparison Of(PairedCounts counts) => new()
    {
        Images = counts.Total,
        BothRight = counts.BothRight,
        OnlyBestRight = counts.OnlyFirstRight,
        OnlyCandidateRight = counts.OnlySecondRight,
        NeitherRight = counts.NeitherRight,
        AccuracyDifference = counts.Difference,
        AccuracyDifferenceInterval = counts.DifferenceInterval,
        PValue = counts.PValue,
    };
}
